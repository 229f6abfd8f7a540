"""A queue outlives its server: one that ends in order, and one that is killed."""

import json
import signal
import threading
import time
import uuid
from contextlib import contextmanager

import httpx2
import pytest

from tests.cli_comfyui.comfy import ROOT, comfy, history, queue
from tests.comfyui.stock import stock
from tests.serve.api.serving import until
from tests.test_cli_serve import start


def test_a_queue_survives_a_restart(tmp_path):
    with comfy(tmp_path) as served, served.client() as client:
        served.preferences.change(history=True)
        served.desk.hold.set()
        ids = [queue(client, stock(text), client_id="ada") for text in ("a happy cat", "a panda")]
    with comfy(tmp_path) as served, served.client() as client:
        entries = [history(client, id) for id in ids]
        assert [entry["status"]["status_str"] for entry in entries] == ["success"] * 2
        assert entries[1]["prompt"][2] == stock("a panda")
        assert entries[1]["prompt"][3]["client_id"] == "ada"


WORKFLOW = json.loads((ROOT / "workflows/cute_animal_for_kids_pawlette_api.json").read_text())


@contextmanager
def real(folder, *args, stop):
    """A server in a process of its own, whose log is read away, and a client of it."""
    process, url = start(folder, "--comfyui", *args)
    log = threading.Thread(target=process.stderr.read, daemon=True)  # a full pipe would hold the server up
    log.start()
    try:
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield client
    finally:
        process.send_signal(stop)
        process.wait(60)
        log.join(60)  # its workers have ended, too
        process.stdout.close()
        process.stderr.close()


def seen(client, path):
    """Not so often that looking holds up the drawing."""
    time.sleep(0.2)
    return client.get(path).json()


@pytest.mark.slow
def test_what_was_queued_before_a_kill_is_drawn_by_the_next_server(tmp_path):
    """A real process with the built-in model, killed while it draws; the next one is asked for the same ids."""
    ids = [str(uuid.uuid4()) for _ in range(3)]
    with real(tmp_path, "--pin", "1357", stop=signal.SIGKILL) as client:
        assert [queue(client, WORKFLOW, prompt_id=id) for id in ids] == ids
        until(lambda: seen(client, "/queue")["queue_running"], 120)
        assert seen(client, f"/history/{ids[2]}") == {}
    with real(tmp_path, stop=signal.SIGTERM) as client:
        entries = [until(lambda id=id: seen(client, f"/history/{id}"), 240)[id] for id in ids]
        assert [entry["status"]["status_str"] for entry in entries] == ["success"] * 3
        for entry in entries:
            picture = client.get("/view", params=entry["outputs"]["3"]["images"][0])
            assert picture.content.startswith(b"\x89PNG")
        assert client.get("/queue").json() == {"queue_running": [], "queue_pending": []}
        assert queue(client, WORKFLOW, prompt_id=ids[0]) == ids[0]  # a repetition, still known
        assert client.get("/prompt").json() == {"exec_info": {"queue_remaining": 0}}
