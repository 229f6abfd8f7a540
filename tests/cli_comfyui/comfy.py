"""What the tests of ComfyUI's API share: its server over the fake model, and a client of a few lines."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from websockets.sync.client import connect

from pawlette.cli_comfyui import PROGRAMS, SOCKETS, comfyui_routes
from pawlette.comfyui.api.plan import PREVIEWS
from pawlette.serve.api.config import Config
from tests.serve.api.fake_desk import SLOW
from tests.serve.api.serving import PATIENCE, serving, until

ROOT = Path(__file__).parents[2]
WIDE = replace(Config().limits, pictures_burst=1e6, requests=1e6, requests_burst=1e6)
CONFIG = Config(limits=WIDE, programs=PROGRAMS, sockets=SOCKETS)


@contextmanager
def comfy(folder, config=CONFIG):
    with serving(folder, config, routes=comfyui_routes) as served:
        yield served


@contextmanager
def listening(served, client_id, **more):
    with connect(f"ws://127.0.0.1:{served.port}/ws?clientId={client_id}", proxy=None, **more) as line:
        yield line


def heard(line):
    """Messages up to the end of a prompt."""
    found = []
    while True:
        message = line.recv(timeout=PATIENCE)
        found.append(message if isinstance(message, bytes) else json.loads(message))
        if (
            not isinstance(message, bytes)
            and found[-1]["type"] == "executing"
            and not found[-1]["data"]["node"]
        ):
            return found


@contextmanager
def unfinished(served):
    """Pictures of SLOW stay unfinished until `desk.go` is set: what comes on the way comes before their end."""
    try:
        yield f"a smiling {SLOW}"
    finally:
        served.desk.go.clear()


def shown(served, line):
    """All messages of a picture that stays unfinished until its previews are there."""
    found = []
    while sum(isinstance(one, bytes) for one in found) < PREVIEWS:
        message = line.recv(timeout=PATIENCE)
        found.append(message if isinstance(message, bytes) else json.loads(message))
    served.desk.go.set()
    return found + heard(line)


def queue(client, workflow, **body):
    answer = client.post("/prompt", json={"prompt": workflow, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["prompt_id"]


def history(client, id):
    return until(lambda: client.get(f"/history/{id}").json())[id]
