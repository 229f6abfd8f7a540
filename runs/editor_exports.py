"""Record what ComfyUI's own editor exports, for the converter's tests to be compared with.

    python runs/editor_exports.py FILE [--server http://127.0.0.1:8188] [--chromium /usr/bin/chromium]

FILE is one of tests/comfyui/data: {name: {"workflow": UI format, "export": API format}}. Each workflow is opened in the
editor of a running ComfyUI, and "export" becomes what it would queue. Needs the package playwright and a Chromium.
The recorded ones are of the editor's version 1.58.1 in front of ComfyUI 0.8.0.
"""

import json
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

EXPORT = """async workflow => {
    await app.loadGraphData(workflow, true, true, null, {});
    return (await app.graphToPrompt()).output;
}"""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--server", default="http://127.0.0.1:8188", show_default=True)
@click.option("--chromium", default="/usr/bin/chromium", show_default=True)
def main(file: Path, server: str, chromium: str) -> None:
    """Record FILE's exports anew and say which changed."""
    pairs = json.loads(file.read_text(encoding="utf-8"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(server)
        page.wait_for_function("window.app && window.app.graph && window.app.extensionManager")
        page.wait_for_timeout(5000)  # extensions come after the graph
        for name, pair in pairs.items():
            export = {
                id: {"class_type": node["class_type"], "inputs": node["inputs"]}
                for id, node in page.evaluate(EXPORT, pair["workflow"]).items()
            }
            if export != pair["export"]:
                click.echo(f"{name}: another export than before")
            pair["export"] = export
        browser.close()
    lines = (f"{json.dumps(name)}: {json.dumps(pair, separators=(',', ':'))}" for name, pair in pairs.items())
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
