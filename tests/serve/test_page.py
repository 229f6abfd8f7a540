"""The page in a real browser (Debian's Chromium), against a real server with the fake model."""

import re
import shutil
from dataclasses import replace

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright of the dev dependencies")
pytest.importorskip("fastapi", reason="needs the [serve] extra")
from pawlette.serve.api.app import PAGE  # noqa: E402
from pawlette.serve.api.config import Config  # noqa: E402
from tests.serve.api.serving import PIN, serving  # noqa: E402

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine")
PATIENCE = 60_000  # milliseconds: the machine may be busy, and no speed is asserted
LISTEN = "window.heard = []; speechSynthesis.speak = (words) => heard.push([words.lang, words.text])"
MOST_BYTES = 200_000  # of all that is no picture


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    limits = replace(Config().limits, pictures_burst=1e6, requests=1e6, requests_burst=1e6)
    with serving(tmp_path_factory.mktemp("page"), replace(Config(), limits=limits)) as one:
        yield one


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE
        )
        yield one
        one.close()


class Visit:
    """A page in a context of its own; `complaints` are errors of the console, of scripts and of the policy."""

    def __init__(self, browser, served, locale="en-GB", **options):
        self.context = browser.new_context(locale=locale, reduced_motion="reduce", **options)
        self.context.add_init_script(LISTEN)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints, self.answers, self.served = [], [], served
        self.page.on(
            "console", lambda told: told.type in ("error", "warning") and self.complaints.append(told.text)
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda answer: self.answers.append(answer))
        self.page.goto(served.url)
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def until(self, expression):
        """Waits in this process: what the browser's own side would evaluate, the policy forbids."""
        for _ in range(PATIENCE // 100):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(100)
        heard = [f"{answer.status} {answer.url}" for answer in self.answers[-10:]]
        raise AssertionError(
            f"it did not come about: {expression}; complaints {self.complaints}; answers {heard}; "
            f"said {self.page.text_content('#said')!r}; log {self.served.logged()[-10:]}"
        )

    def drawn(self):
        """Waits for the finished picture; its bytes."""
        self.until("document.getElementById('actions').hidden === false")
        address = self.page.get_attribute("#picture", "src")
        assert re.fullmatch(r"/v1/jobs/[0-9a-f]{32}/picture", address)
        self.until("document.getElementById('picture').naturalWidth === 256")
        return self.page.request.get(self.page.evaluate("location.origin") + address).body()


@pytest.fixture
def visit(browser, served):
    """`visit(locale=…)` opens the page, as a new browser would."""
    visits = []

    def open_page(**options):
        visits.append(Visit(browser, served, **options))
        return visits[-1]

    yield open_page
    for one in visits:
        one.context.close()


def test_one_click_draws_a_picture_and_no_rule_is_broken(visit, served):
    one = visit()
    served.desk.go.set()  # the surprise may be an elephant, which the fake model would hold up for ever
    one.page.click("#surprise")
    assert one.drawn().startswith(b"\x89PNG")
    served.desk.go.clear()
    assert one.page.get_attribute("#picture", "alt").startswith("Picture: ")
    assert one.complaints == []
    texts = [
        answer
        for answer in one.answers
        if not answer.headers["content-type"].startswith(("image/", "text/event"))
    ]
    assert sum(len(answer.body()) for answer in texts) < MOST_BYTES
    own = one.page.evaluate("location.origin")
    assert "download=true" in one.page.get_attribute("#actions a", "href")
    one.page.click("nav a[href='#pictures']")
    one.page.click("#gallery button")
    one.page.wait_for_selector("#viewer-picture", state="visible")
    assert one.complaints == []
    assert all(answer.url.startswith((own, "data:")) for answer in one.answers)
    assert one.context.cookies() == []


def test_the_keyboard_alone_chooses_and_draws(visit):
    one = visit()
    keys = one.page.keyboard
    one.page.focus("#tabAnimal")
    keys.press("ArrowRight")
    assert one.page.evaluate("document.activeElement.id") == "tabLooks"
    keys.press("Home")
    keys.press("Tab")  # to the first animal
    keys.press("Space")
    assert one.page.evaluate("document.activeElement.name") == "animal"
    first = one.page.evaluate("document.activeElement.value")
    ring = one.page.evaluate("getComputedStyle(document.activeElement.closest('label')).outlineStyle")
    assert ring == "solid"
    one.until("document.getElementById('sentence').textContent !== ''")
    assert first in one.page.text_content("#sentence")
    keys.press("Enter")
    one.drawn()
    assert first in one.page.get_attribute("#picture", "alt")
    while one.page.evaluate("document.activeElement.closest('#actions') === null"):
        keys.press("Tab")
        assert one.page.evaluate("document.activeElement !== document.body")
    old = one.page.get_attribute("#picture", "src")
    keys.press("Enter")  # another one
    one.until(f"document.getElementById('picture').getAttribute('src') !== '{old}'")
    one.drawn()
    assert one.complaints == []


def test_chinese_comes_by_itself_and_by_the_switch(visit):
    one = visit(locale="zh-CN")
    assert one.page.get_attribute("html", "lang") == "zh-Hans"
    assert "我们画什么呢" in one.page.text_content("#draw-title")
    one.page.check("input[name=animal][value=panda]")
    one.until("document.getElementById('sentence').textContent.includes('熊猫')")
    one.page.fill("#own-text", "一只可爱的猫")
    one.page.press("#own-text", "Enter")
    one.drawn()
    assert one.page.get_attribute("#picture", "alt") == "图画：一只可爱的猫"
    one.page.click("#language")
    assert one.page.text_content("#draw-title") == "What shall I draw?"
    assert one.page.is_checked("input[name=animal][value=panda]")
    differing = one.page.evaluate(
        """async () => {
            const { TEXT } = await import('/page/words.js');
            const [en, zh] = [Object.keys(TEXT.en), Object.keys(TEXT.zh)];
            const holes = (key) => [TEXT.en, TEXT.zh].map((one) => String(one[key].match(/{\\w+}/g)?.sort()));
            return [...en.filter((key) => !zh.includes(key)), ...zh.filter((key) => !en.includes(key)),
                ...en.filter((key) => new Set(holes(key)).size > 1)];
        }"""
    )
    assert differing == []
    assert one.complaints == []


def test_a_refusal_is_kind_and_offers_something_else(visit):
    one = visit()
    one.page.fill("#own-text", "a pig on a plate with a fork <img src=x onerror=alert(1)>")
    one.page.click("#own-go")
    offered = one.page.wait_for_selector("#instead button")
    assert len(one.page.text_content("#said")) > 20
    assert one.page.evaluate("document.querySelector('#said img') === null")
    assert one.page.is_hidden("#actions")
    offered.click()
    one.drawn()
    assert one.complaints == []


def test_a_picture_is_seen_on_its_way_and_outlives_a_reload(visit, served):
    one = visit()
    one.page.check("input[name=animal][value=elephant]")  # the fake model holds it up
    served.desk.hold.set()
    one.page.click("#go")
    one.until("document.getElementById('said').textContent === 'Your picture is next.'")
    served.desk.hold.clear()  # it is listened to by now
    one.until("document.getElementById('picture').src.startsWith('data:image/jpeg;base64,')")
    assert one.page.evaluate("document.activeElement.id") == "stop"
    one.page.reload()
    one.page.wait_for_selector("#stop:not([hidden])")
    one.page.click("#stop")
    one.until("document.getElementById('said').textContent.startsWith('Stopped')")
    assert one.page.evaluate("document.activeElement.id") == "go"
    one.page.check("input[name=animal][value=elephant]")
    one.page.click("#go")
    one.page.wait_for_selector("#stop:not([hidden])")
    served.desk.go.set()
    one.drawn()
    assert one.complaints == []


def test_what_is_chosen_is_read_aloud(visit):
    one = visit()
    one.page.check("input[name=animal][value=owl]")
    one.page.click("#go")
    one.drawn()
    assert one.page.evaluate("heard") == [
        ["en-GB", "owl"],
        ["en-GB", "an owl"],
        ["en-GB", "Here is your picture!"],
    ]
    one.page.click("#sound")
    one.page.check("input[name=animal][value=fox]")
    assert one.page.evaluate("heard.length") == 3


def test_changes_are_told(visit):
    one = visit()
    one.page.fill("#own-text", "a cat with a blorp")
    one.page.click("#own-go")
    one.drawn()
    assert "blorp" in one.page.text_content("#said")


def test_the_corner_opens_by_the_pin_alone(visit, served):
    one = visit(viewport={"width": 360, "height": 740})
    page = one.page
    page.click("nav a[href='#grown-ups']")
    page.fill("#pin", "1357")
    page.press("#pin", "Enter")
    one.until("document.getElementById('pin-said').textContent === 'That is not the PIN.'")
    assert page.is_hidden("#corner")
    assert [told for told in one.complaints if "403" not in told] == []
    one.complaints.clear()
    served.desk.hold.set()  # nothing is begun
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    page.wait_for_selector("#corner h2")
    cookies = one.context.cookies()
    assert [(cookie["name"], cookie["expires"], cookie["httpOnly"]) for cookie in cookies] == [
        ("pawlette_session", -1, True)
    ]
    with served.client() as client:
        jobs = [
            client.post("/v1/jobs", json={"text": f"a {animal}"}).json()["jobs"][0]["id"]
            for animal in ("cat", "dog", "fox")
        ]
    one.until("document.querySelectorAll('#corner ol li').length === 3")
    page.click(f"[data-act='up {jobs[2]}']")
    one.until("document.querySelectorAll('#corner ol li')[1].textContent.includes('fox')")
    page.click(f"[data-act='cancel {jobs[0]}']")
    one.until("document.querySelectorAll('#corner ol li').length === 2")
    with served.client() as client:
        assert client.get(f"/v1/jobs/{jobs[0]}").json()["state"] == "cancelled"
    served.desk.hold.clear()
    page.check("#corner input[type=checkbox]")
    page.click("#corner >> text='Save'")
    page.wait_for_selector("#corner >> text='Saved.'")
    with served.client() as client:
        assert client.get("/v1/settings").json()["history"] is True
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("#corner >> text='Delete everything'")
    page.click("#corner >> text='Yes, delete everything'")
    page.wait_for_selector("#corner >> text=/Deleted: .* pictures/")
    page.click("#corner >> text='Leave this corner'")
    page.click("nav a[href='#grown-ups']")
    page.wait_for_selector("#pin-form:visible")
    assert one.complaints == []
    served.preferences.change(history=False)


CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push([element.tagName, element.className, ratio, element.textContent.slice(0, 30)]);
  }
  return weak;
}"""
UNNAMED = """() => [...document.querySelectorAll('button, a, input, select, img, [role=tab], dialog, progress')]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')
    || one.labels?.[0]?.textContent.trim() || one.hasAttribute('alt') || one.querySelector('img')?.alt))
  .map((one) => one.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('button, nav a, .tile, select, input:not([type=radio],[type=checkbox])')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
  .map((one) => `${one.outerHTML.slice(0, 80)} ${one.getBoundingClientRect().height}`)"""


@pytest.mark.parametrize("width", [320, 1280])  # 320 CSS pixels are also 1280 at a zoom of 400 %
def test_everything_can_be_read_named_and_touched(visit, width):
    one = visit(viewport={"width": width, "height": 800})
    for tab in one.page.query_selector_all("[role=tab]"):
        tab.click()
        _check(one.page, width)
    for part in ("pictures", "grown-ups"):
        one.page.click(f"nav a[href='#{part}']")
        _check(one.page, width)
    one.page.fill("#pin", PIN)
    one.page.press("#pin", "Enter")
    one.page.wait_for_selector("#corner h2")
    _check(one.page, width)
    assert one.complaints == []


def _check(page, width):
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_every_file_is_small_and_is_asked_about_before_it_is_shown_again(served):
    files = [path for path in PAGE.rglob("*") if path.is_file()]
    pictures = [path for path in files if path.suffix == ".webp"]
    assert sum(path.stat().st_size for path in set(files) - set(pictures)) < MOST_BYTES
    assert all(path.stat().st_size < 10_000 for path in pictures)
    kinds = {".webp": "image/webp", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css",
             ".json": "application/json"}  # fmt: skip
    with served.client() as client:
        for path in [one for one in files if one.suffix in kinds]:
            answer = client.get(f"/page/{path.relative_to(PAGE).as_posix()}")
            assert answer.headers["content-type"].split(";")[0] == kinds[path.suffix]
            assert answer.headers["cache-control"] == "no-cache"
