"""`pawlette serve` and `pawlette keys` as processes: start, draw, end in order; and what does not start."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pawlette.cli import main

pytest.importorskip("fastapi", reason="needs the [serve] extra")
pytest.importorskip("apsw", reason="needs the [serve] extra")
httpx = pytest.importorskip("httpx2", reason="needs the dev dependencies")

ROOT = Path(__file__).parent.parent


def run(*args):
    return CliRunner().invoke(main, list(args))


def test_a_missing_package_is_named_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pawlette.serve.api.config", None)
    for module in [name for name in sys.modules if name.startswith("pawlette.serve.api")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    result = run("serve", "--data", str(tmp_path))
    assert result.exit_code == 9
    assert "pip install 'pawlette[serve]'" in result.stderr


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--host", "0.0.0.0"], "pawlette keys new"),
        (["--allow-host", "https://x.example/"], "a name without a port"),
        (["--api-key", "short"], "at least 32 characters"),
        (["--in-turns"], "cannot"),
        (["--pin", "12"], "4 to 12 digits"),
        (["--model", "/nowhere"], "no folder"),
    ],
)
def test_what_does_not_start_says_why(tmp_path, args, sentence):
    result = run("serve", "--data", str(tmp_path), "--port", "0", *args)
    assert result.exit_code in (2, 5), result.output
    assert sentence in result.stderr


def test_keys_are_made_listed_and_dropped(tmp_path):
    data = ("--data", str(tmp_path))
    secret = run("keys", "new", "ada", *data).stdout.strip()
    assert secret.startswith("pawlette_")
    assert run("keys", "new", "teacher", "--adult", *data).exit_code == 0
    assert run("keys", "list", *data).stdout == "ada\nteacher  (adult)\n"
    assert run("keys", "drop", "ada", *data).exit_code == 0
    assert run("keys", "list", *data).stdout == "teacher  (adult)\n"
    assert run("keys", "drop", "ada", *data).exit_code == 2


def start(folder, *args):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pawlette.cli", "serve", "--data", str(folder), "--port", "0", *args]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return process, found.group()
    raise AssertionError(process.communicate()[1])


def end(process, seconds=30):
    process.send_signal(signal.SIGTERM)
    try:
        return process.communicate(timeout=seconds)
    finally:
        process.kill()


@pytest.mark.slow
def test_sigterm_ends_it_in_order(tmp_path):
    """Before any worker is ready: a waiting job stays in the store, who waits for a picture is told, exit code 0."""
    process, url = start(tmp_path, "--pin", "1357")
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        assert client.get("/livez").text == "ok"
        assert client.get("/v1/settings").json()["mark"] is True
        job = client.post("/v1/jobs", json={"text": "a cute panda", "steps": 1}).json()["jobs"][0]["id"]
    _, told = end(process)
    assert process.returncode == 0, told
    events = [json.loads(line)["event"] for line in told.splitlines()]
    assert events.index("draining") < events.index("drained")
    from pawlette.serve.store_sqlite import SqliteStore

    store = SqliteStore(tmp_path / "jobs.db")
    assert store.get(job).state in ("queued", "done")
    store.close()
    assert (tmp_path.stat().st_mode & 0o777) == 0o700


@pytest.mark.slow
def test_the_built_in_model_draws_a_marked_picture_over_http(tmp_path):
    process, url = start(tmp_path)
    try:
        with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
            end_at = time.monotonic() + 100
            while client.get("/readyz").status_code != 200:
                assert time.monotonic() < end_at
                time.sleep(0.3)
            body = {"prompt": "a cute panda", "seed": 7, "stream": True, "partial_images": 2}
            with client.stream("POST", "/v1/images/generations", json=body) as answer:
                kinds = [line[7:] for line in answer.iter_lines() if line.startswith("event: ")]
            assert kinds == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
            address = client.post("/v1/images/generations", json=body | {
                "stream": False, "partial_images": 0, "response_format": "url"}).json()["data"][0]["url"]  # fmt: skip
            path = tmp_path / "it.png"
            path.write_bytes(client.get(address).content)
    finally:
        _, told = end(process)
    assert process.returncode == 0, told
    from pawlette.engine.deliver import read_picture

    record, form = read_picture(path)
    assert (form, record["mark"], record["seed"]) == ("png", True, 7)
    assert "words" not in record
