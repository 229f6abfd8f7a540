"""What ComfyUI's own frontend needs of a server: its files and their policy, what it keeps, and the thing itself.

The frontend is a stranger's (GPL-3) and no part of the development dependencies: the test with it runs where
COMFYUI_FRONTEND names its folder, or where the package comfyui-frontend-package is installed.
"""

import base64
import json
import os
import shutil
from dataclasses import replace
from functools import partial
from hashlib import sha256

import pytest
from click.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pawlette.cli import main
from pawlette.cli_comfyui import comfyui_door, comfyui_routes
from pawlette.comfyui.api.frontend import find_frontend
from pawlette.errors import BadJob
from pawlette.serve.api.guard import SAFE_HEADERS
from tests.cli_comfyui.comfy import CONFIG, ROOT, comfy
from tests.comfyui.stock import stock
from tests.serve.api.serving import PATIENCE, serving, until

SCRIPT = "document.title = 'inline'"
PAGE = f"<!doctype html><script>{SCRIPT}</script><script type=module src='./assets/a.js'></script>"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frontend")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "assets/a.js").write_text("let a")
    (folder / "secret").symlink_to("/etc/hostname")
    door, foreign = comfyui_door(str(folder))
    with serving(tmp_path_factory.mktemp("data"), replace(CONFIG, **foreign), routes=door) as one:
        yield one


@pytest.fixture
def client(served):
    with served.client(origin=served.url) as one:  # as a page of this server
        yield one


def test_the_page_runs_its_own_scripts_alone(client):
    page = client.get("/comfyui/")
    assert page.text == PAGE
    policy = page.headers["content-security-policy"]
    digest = base64.b64encode(sha256(SCRIPT.encode()).digest()).decode()
    assert f"script-src 'self' 'wasm-unsafe-eval' 'sha256-{digest}';" in policy
    assert "connect-src 'self' data: blob:;" in policy
    assert client.get("/comfyui", follow_redirects=False).headers["location"] == "/comfyui/"
    assert client.get("/comfyui/assets/a.js").text == "let a"
    assert client.get("/comfyui/api/userdata/user.css").headers["content-type"].startswith("text/css")
    for path in ("secret", "../secret", "%2e%2e/secret", "assets/..%2f..%2fsecret", "nothing"):
        assert client.get(f"/comfyui/{path}").status_code == 404


def test_the_policy_of_our_own_page_stays_as_it_was(client):
    for path in ("/", "/page/app.js", "/api/settings", "/comfyui/api/settings"):
        assert client.get(path).headers["content-security-policy"] == SAFE_HEADERS["content-security-policy"]


def test_without_a_frontend_nothing_is_there(tmp_path):
    with comfy(tmp_path) as served, served.client() as client:
        assert client.get("/comfyui/").status_code == 404
        assert client.get("/comfyui/api/settings").status_code == 404
        with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{served.port}/comfyui/ws", proxy=None):
            pass


def test_a_prompt_is_queued_below_the_page(served, client):
    with connect(f"ws://127.0.0.1:{served.port}/comfyui/ws?clientId=x", proxy=None) as line:
        assert json.loads(line.recv(timeout=PATIENCE))["data"]["sid"] == "x"
    id = client.post("/comfyui/api/prompt", json={"prompt": stock()}).json()["prompt_id"]
    job = until(
        lambda: (one := client.get(f"/comfyui/api/jobs/{id}").json())["status"] == "completed" and one
    )
    picture = client.get("/comfyui/api/view", params=job["preview_output"])
    assert picture.content.startswith(b"\x89PNG")


def test_prompts_are_cancelled_by_their_ids(served, client):
    served.desk.hold.set()
    try:
        ids = [
            client.post("/comfyui/api/prompt", json={"prompt": stock()}).json()["prompt_id"] for _ in "123"
        ]
        assert client.post(f"/comfyui/api/jobs/{ids[0]}/cancel").json() == {"cancelled": True}
        assert client.post(f"/comfyui/api/jobs/{ids[0]}/cancel").json() == {"cancelled": False}
        assert client.post("/api/jobs/cancel", json={"job_ids": ids}).json() == {"cancelled": ids[1:]}
        assert client.get("/queue").json()["queue_pending"] == []
        assert client.post("/api/jobs/nothing/cancel", json={}).status_code == 404
        assert client.post("/api/jobs/cancel", json={"job_ids": 3}).status_code == 400
    finally:
        served.desk.hold.clear()


def text(client, path, body, **headers):
    """As the frontend posts: JSON that is called text."""
    return client.post(path, content=json.dumps(body), headers={"content-type": "text/plain"} | headers)


def test_settings_are_kept(client):
    assert client.get("/comfyui/api/settings").json()["Comfy.TutorialCompleted"] is True
    assert text(client, "/comfyui/api/settings/Comfy.Locale", "zh").status_code == 200
    assert text(client, "/comfyui/api/settings", {"a": [1], "b": None}).status_code == 200
    kept = client.get("/api/settings").json()
    assert (kept["Comfy.Locale"], kept["a"], kept["b"]) == ("zh", [1], None)
    assert client.get("/comfyui/api/settings/Comfy.Locale").json() == "zh"
    assert client.get("/comfyui/api/settings/nothing").json() is None
    assert text(client, "/comfyui/api/settings", {"a": "b" * 70_000}).status_code == 413
    assert text(client, "/comfyui/api/settings", [1]).status_code == 400
    assert client.get("/comfyui/api/users").json() == {"storage": "server", "migrated": True}
    assert client.post("/comfyui/api/users", json={"username": "x"}).status_code == 403


def test_workflows_are_saved_listed_moved_and_deleted(client):
    at = "/comfyui/api/userdata/workflows%2F"
    assert text(client, f"{at}a%20b.json?overwrite=false&full_info=true", {"x": 1}).json()["size"] == 8
    assert text(client, f"{at}a%20b.json?overwrite=false", {}).status_code == 409
    assert client.get(f"{at}a%20b.json").json() == {"x": 1}
    assert client.post(f"{at}a%20b.json/move/workflows%2Fc.json?overwrite=false").json() == "workflows/c.json"
    whole = client.get("/comfyui/api/userdata?dir=workflows&recurse=true&split=false&full_info=true").json()
    assert [(one["path"], one["size"]) for one in whole] == [("c.json", 8)]
    assert client.get("/comfyui/api/userdata?dir=&recurse=true&split=true").json() == [
        ["workflows/c.json", "workflows", "c.json"]
    ]
    assert client.get("/comfyui/api/userdata").status_code == 400
    assert client.delete(f"{at}c.json").status_code == 204
    assert client.get(f"{at}c.json").status_code == 404
    refused = text(client, "/comfyui/api/userdata/..%2Fx.json", {})
    assert (refused.status_code, "short parts" in refused.json()["error"]) == (400, True)


def test_a_file_is_no_page_of_this_server(client):
    client.post("/comfyui/api/userdata/evil.html", content=b"<script>alert(1)</script>")
    answer = client.get("/comfyui/api/userdata/evil.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_other_websites_change_nothing(served):
    with served.client() as plain:
        for path in ("/comfyui/api/settings/x", "/comfyui/api/userdata/x", "/comfyui/api/prompt"):
            for origin in ("null", "http://evil.example"):
                assert text(plain, path, {}, origin=origin).status_code == 403
            assert text(plain, path, {}, **{"sec-fetch-site": "cross-site"}).status_code == 403
            assert text(plain, path, {}, **{"sec-fetch-site": "none"}).status_code == 415
        assert text(plain, "/api/settings/x", {}, origin=served.url).status_code == 415  # not below its page


def test_models_are_names_and_none_is_looked_up(client):
    assert {"diffusion_models", "loras", "vae"} <= set(client.get("/models").json())
    assert client.get("/api/models/loras").json() == []
    assert client.get("/models/nothing").status_code == 404
    assert {"name": "vae", "folders": []} in client.get("/comfyui/api/experiment/models").json()
    assert client.get("/api/experiment/models/vae").json() == []
    assert client.get("/api/experiment/models/nothing").status_code == 404
    for path in ("i18n", "workflow_templates", "node_replacements", "global_subgraphs"):
        assert client.get(f"/comfyui/api/{path}").json() == {}
    assert client.get("/comfyui/templates/index.json").json() == []


def test_keys_keep_things_apart(tmp_path):
    with comfy(tmp_path, replace(CONFIG, key_needed=True)) as served:
        ada, bob = (served.keys.new(name) for name in ("ada", "bob"))
        with served.client() as nobody:
            assert nobody.get("/api/settings").status_code == 401
            assert nobody.get("/api/userdata?dir=").status_code == 401
        with (
            served.client(authorization=f"Bearer {ada}") as hers,
            served.client(authorization=f"Bearer {bob}") as his,
        ):
            assert hers.post("/api/userdata/x.json", json={"a": 1}).status_code == 200
            assert hers.get("/api/userdata/x.json").json() == {"a": 1}
            assert his.get("/api/userdata/x.json").status_code == 404


def test_a_folder_without_a_page_does_not_start(tmp_path, monkeypatch):
    result = CliRunner().invoke(main, ["serve", "--data", str(tmp_path / "d"), "--frontend", str(tmp_path)])
    assert result.exit_code == 2
    assert "no index.html" in result.stderr
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadJob, match="pip install comfyui-frontend-package"):
        find_frontend("installed")


# -- the frontend itself -------------------------------------------------------------------------------------


def frontend():
    """Its folder; None where it is not here."""
    try:
        return find_frontend(os.environ.get("COMFYUI_FRONTEND", "installed"))
    except BadJob:
        return None


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WORKFLOW = json.loads((ROOT / "workflows/cute_animal_for_kids_pawlette.json").read_text())
READY = "() => window.app?.graph && window.app.extensionManager && !document.querySelector('#splash-loader')"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine")
@pytest.mark.skipif(
    frontend() is None, reason="COMFYUI_FRONTEND names no folder, and the package is not installed"
)
def test_the_frontend_itself_draws_and_saves(tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright of the dev dependencies")
    _, foreign = comfyui_door(str(frontend()))
    door = partial(comfyui_routes, frontend=frontend())
    with (
        serving(tmp_path, replace(CONFIG, **foreign), routes=door) as served,
        sync_api.sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        wrong, asked = [], []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}")
        )
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{served.url}/comfyui/")
        page.wait_for_function(READY)
        page.evaluate("workflow => window.app.loadGraphData(workflow)", WORKFLOW)
        with page.expect_response(lambda answer: "/view?" in answer.url) as seen:
            page.get_by_role("button", name="Run", exact=True).click()
        assert seen.value.status == 200
        page.wait_for_function(
            "() => window.app.graph.nodes.filter(node => node.imgs?.[0]?.naturalWidth).length == 2"
        )
        saved = page.evaluate("""async () => {
            const api = window.comfyAPI.api.api
            const options = {stringify: true, overwrite: false}
            await api.storeUserData('workflows/panda.json', window.app.graph.serialize(), options)
            return await api.listUserDataFullInfo('workflows')
        }""")
        browser.close()
    assert [one["path"] for one in saved] == ["panda.json"]
    assert [one for one in wrong if "comfy.templates.json" not in one] == []  # nothing of that is kept yet
    assert {one for one in asked if not one.startswith((served.url, "blob:", "data:"))} == set()
