"""From a cold `pawlette serve` to the picture after one click, in a real browser; the built-in model, on this machine.

    python runs/first_picture.py [--times 3] [--cold]

Each time a new server with an empty folder and a new browser: when the server listens, when the page is there, and when
the picture is that the first click on "Surprise me" asked for, all from the start of the server; then that of a second
click. --cold empties the file cache of the system before (Linux, root).
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from serve_soak import listening

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 300_000  # milliseconds


def drawn(page, before=None):
    """Waits for a whole picture other than `before`; its address."""
    while True:
        page.wait_for_selector("#actions:not([hidden])")
        address = page.get_attribute("#picture", "src")
        if address != before and page.evaluate("document.getElementById('picture').naturalWidth") == 256:
            return address
        page.wait_for_timeout(20)


def measure(browser):
    """Seconds from the server's start; of the second picture from its click."""
    with tempfile.TemporaryDirectory(prefix="pawlette-first-") as folder:
        begin = time.perf_counter()
        server, port = listening(folder)
        try:
            took = {"listens": time.perf_counter() - begin}
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_selector("html[data-ready]", state="attached")
            took["page"] = time.perf_counter() - begin
            page.click("#surprise")
            first = drawn(page)
            took["picture"] = time.perf_counter() - begin
            again = time.perf_counter()
            page.click("#surprise")
            drawn(page, first)
            took["second click to picture"] = time.perf_counter() - again
            page.close()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
    return took


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--cold", action="store_true")
    given = parser.parse_args()
    rounds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE
        )
        for _ in range(given.times):
            if given.cold:
                subprocess.run(["sync"], check=True)
                Path("/proc/sys/vm/drop_caches").write_text("3")
            rounds.append(measure(browser))
            print({what: round(seconds, 2) for what, seconds in rounds[-1].items()}, flush=True)
        browser.close()
    medians = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
    print(json.dumps({"cold": given.cold, "times": given.times, "medians": medians}))


if __name__ == "__main__":
    main()
