"""A real, unmodified ComfyUI with the pack in it, headless on the CPU. Fetches nothing.

COMFYUI=/path/to/ComfyUI python -m pytest -m slow tests/comfyui/test_real_comfyui.py
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pawlette.comfyui.reader import read_workflow
from pawlette.studio import Studio

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "workflows" / "cute_animal_for_kids_pawlette_api.json"
LONGEST = 300  # seconds for anything


class Server:
    """A client of a few lines."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return answer.read()

    def json(self, path: str):
        return json.loads(self.get(path))

    def queue(self, prompt: dict) -> str:
        request = urllib.request.Request(self.address + "/prompt", json.dumps({"prompt": prompt}).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["prompt_id"]

    def finished(self, *ids: str, meanwhile=lambda: None) -> list[dict]:
        """The history of prompts, as soon as all are through."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            meanwhile()
            history = self.json("/history")
            if all(id in history for id in ids):
                return [history[id] for id in ids]
            time.sleep(0.1)
        raise AssertionError("the prompts did not end")

    def picture(self, said: dict) -> np.ndarray:
        """A picture as /view gives it, at once."""
        query = f"filename={said['filename']}&subfolder={said['subfolder']}&type={said['type']}"
        return np.asarray(Image.open(io.BytesIO(self.get(f"/view?{query}"))))


@pytest.fixture(scope="module")
def server(comfyui, tmp_path_factory):
    base = tmp_path_factory.mktemp("comfyui")
    for name in ("models", "input", "output", "custom_nodes"):
        (base / name).mkdir()
    (base / "custom_nodes" / "comfyui-pawlette").symlink_to(ROOT / "comfyui-pawlette")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    command = [
        sys.executable, "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(port), "--base-directory", str(base),
        "--database-url", "sqlite:///:memory:", "--disable-auto-launch",
    ]  # fmt: skip
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=comfyui,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
    try:
        server = Server(port)
        _wait_until_ready(server, process, base / "log")
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(server, process, log):
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and process.poll() is None:
        try:
            server.json("/system_stats")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"ComfyUI did not start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture(scope="module")
def studio():
    return Studio(device="cpu")


def workflow(**inputs) -> dict:
    """The workflow of the repository, with other inputs of its Draw node."""
    loaded = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    loaded["2"]["inputs"] |= inputs
    return loaded


def drawn_here(studio, prompt) -> np.ndarray:
    (accepted,) = read_workflow(prompt, studio).deliveries[0].drawing.accepted
    return np.asarray(Image.open(io.BytesIO(studio.draw(accepted.job).data)))


def test_the_nodes_are_listed(server):
    listed = server.json("/object_info")
    names = {name for name in listed if name.startswith("Pawlette")}
    assert names == {
        "PawletteLoad", "PawlettePrompt", "PawletteDraw", "PawletteEncode", "PawletteDenoise", "PawletteDecode",
        "PawletteSave",
    }  # fmt: skip


def test_queued_prompts_overlap_and_draw_the_same_pictures(server, studio):
    prompts = [
        workflow(seed=seed, steps=3, words=words)
        for seed, words in enumerate(["a panda", "a fox", "two cats"])
    ]
    most = []
    ids = [server.queue(prompt) for prompt in prompts]
    histories = server.finished(
        *ids, meanwhile=lambda: most.append(server.json("/pawlette/status")["drawing"])
    )
    for prompt, history in zip(prompts, histories, strict=True):
        assert history["status"]["status_str"] == "success"
        (said,) = history["outputs"]["3"]["images"]
        assert np.array_equal(server.picture(said), drawn_here(studio, prompt))
    assert max(most) == 3
    assert server.json("/pawlette/status")["failures"] == []


def test_the_workflow_as_it_is_draws_and_its_picture_holds_it(server):
    (history,) = server.finished(server.queue(workflow()))
    (said,) = history["outputs"]["3"]["images"]
    data = server.get(f"/view?filename={said['filename']}&type=output")
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert json.loads(picture.text["prompt"]) == workflow()
        assert json.loads(picture.text["pawlette"])["seed"] == workflow()["2"]["inputs"]["seed"]
    assert history["outputs"]["4"]["images"][0]["type"] == "temp"


def test_the_stages_stand_between_stock_nodes(server, studio):
    prompt = {
        "1": workflow()["1"],
        "2": {
            "class_type": "PawlettePrompt",
            "inputs": {"pawlette": ["1", 0], "words": "a panda", "style": "storybook"},
        },
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 256, "height": 256, "batch_size": 1}},
        "4": {
            "class_type": "PawletteDenoise",
            "inputs": {
                "pawlette": ["1", 0], "positive": ["2", 2], "latent_image": ["3", 0], "seed": 5, "steps": 3,
                "guidance": 1.0,
            },
        },
        "5": {"class_type": "PawletteDecode", "inputs": {"pawlette": ["1", 0], "samples": ["4", 0]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "stages"}},
        "7": {"class_type": "PawletteSave", "inputs": {"images": ["5", 0], "filename_prefix": "ours"}},
    }  # fmt: skip
    (history,) = server.finished(server.queue(prompt))
    assert history["status"]["status_str"] == "success", history["status"]
    stock, ours = (server.picture(history["outputs"][id]["images"][0]) for id in ("6", "7"))
    assert np.array_equal(stock, ours)
    here = drawn_here(studio, workflow(words="a panda", style="storybook", seed=5, steps=3))
    assert np.abs(stock.astype(int) - here).max() <= 1  # latents were scaled there and back


def test_comfyuis_own_sampler_and_decoder_draw_with_the_model(server, studio):
    prompt = {
        "1": workflow()["1"],
        "2": {
            "class_type": "PawlettePrompt",
            "inputs": {"pawlette": ["1", 0], "words": "a panda", "style": "storybook"},
        },
        # This version's empty latent is an eighth of its size whatever draws it; the model's is a sixteenth.
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
        "4": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 1], "positive": ["2", 2], "negative": ["2", 3], "latent_image": ["3", 0], "seed": 5,
                "steps": 4, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
            },
        },
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "sampled"}},
    }  # fmt: skip
    (history,) = server.finished(server.queue(prompt))
    assert history["status"]["status_str"] == "success", history["status"]
    here = drawn_here(studio, workflow(words="a panda", style="storybook", seed=5, steps=4))
    assert np.abs(server.picture(history["outputs"]["6"]["images"][0]).astype(int) - here).max() <= 1
    prompt["2"] = {
        "class_type": "PawletteEncode",
        "inputs": {"pawlette": ["1", 0], "text": "anything", "negative": ""},
    }
    prompt["4"]["inputs"] |= {"positive": ["2", 0], "negative": ["2", 1]}
    (history,) = server.finished(server.queue(prompt))
    assert "kid gate" in json.dumps(history["status"])


def test_an_error_stands_on_its_node(server):
    (history,) = server.finished(server.queue(workflow(words="a panda with a gun")))
    assert history["status"]["status_str"] == "error"
    (error,) = [data for name, data in history["status"]["messages"] if name == "execution_error"]
    assert error["node_id"] == "2"
    assert "panda" in error["exception_message"]
