"""The nodes, with stand-ins for ComfyUI; test_real_comfyui.py has the real one."""

import asyncio
import io
import json
import subprocess
import sys
import threading
import tomllib

import numpy as np
import pytest
import torch
from PIL import Image

from pawlette.comfyui.desk import Desk
from pawlette.errors import BadJob, DrawingFailed, Refused
from tests.comfyui import pack
from tests.fakes import FakeModel


@pytest.fixture
def comfy(monkeypatch, tmp_path):
    """ComfyUI's modules, by their names."""
    modules = pack.stand_ins(tmp_path)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    pack.Bar.told = []
    return modules


class Slow(FakeModel):
    """Waits for a word before it denoises."""

    def __init__(self):
        super().__init__(broken_seeds=(13,))
        self.go = threading.Event()
        self.go.set()

    def step(self, latents):
        assert self.go.wait(60)
        return super().step(latents)


@pytest.fixture
def nodes(comfy, monkeypatch):
    """Each node made once, by its name; drawn by a fake model, which is `nodes.model`."""
    module = pack.import_pack()
    shared = sys.modules[module.__name__ + ".shared"]
    model = Slow()
    shared.DESK._load = lambda folder, device: model
    host = sys.modules[module.__name__ + ".host"]
    monkeypatch.setattr(host, "stock_parts", lambda studio: ("MODEL", "VAE"))  # the real one is ComfyUI's
    made = {name: kind() for name, kind in module.NODE_CLASS_MAPPINGS.items()}
    made["module"], made["model"], made["shared"] = module, model, shared
    yield made
    model.go.set()
    shared.DESK.close()
    shared.SAVER.close()


def load(nodes, **inputs):
    return nodes["PawletteLoad"].load(**{"model": "builtin", "precision": "auto", "gate": "kid"} | inputs)[0]


def draw(nodes, words="a panda", **inputs):
    asked = {"words": words, "style": "storybook", "seed": 1, "count": 1, "steps": 2} | inputs
    return asyncio.run(nodes["PawletteDraw"].draw(load(nodes), **asked))


def test_every_node_is_whole(nodes):
    names = nodes["module"].NODE_DISPLAY_NAME_MAPPINGS
    assert list(names) == list(nodes["module"].NODE_CLASS_MAPPINGS)
    for name in names:
        kind = type(nodes[name])
        assert callable(getattr(kind, kind.FUNCTION))
        assert kind.DESCRIPTION
        json.dumps(kind.INPUT_TYPES())


def test_importing_loads_no_weights_and_asks_for_no_network(comfy, nodes):
    assert nodes["model"].calls == []
    assert comfy["comfy.model_management"].freed == 0


def test_loading_makes_room_once(comfy, nodes):
    assert load(nodes) == load(nodes)
    assert comfy["comfy.model_management"].freed == 1


def test_only_offered_models_and_loras_are_loaded(nodes, comfy, tmp_path):
    folder = tmp_path / "models" / "pawlette" / "mine"
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "QwenImagePipeline"}')
    (tmp_path / "models" / "pawlette" / "empty").mkdir()
    offered = nodes["PawletteLoad"].INPUT_TYPES()["required"]["model"][0]
    assert offered == ["builtin", "pawlette/mine"]
    assert load(nodes, model="pawlette/mine").model == str(folder)
    for inputs in ({"model": str(folder)}, {"model": "../x"}, {"lora": "other.safetensors"}):
        with pytest.raises(ValueError, match=r"other|one of"):
            load(nodes, **inputs)


def test_a_picture_is_drawn_with_progress_and_preview(nodes):
    made = draw(nodes, "a panda\na cat with a xylophone", count=2)
    image, mask, pictures, said = made["result"]
    assert (image.shape, mask.shape, len(pictures)) == ((4, 256, 256, 3), (4, 256, 256), 4)
    assert 0.0 <= image.min() <= image.max() <= 1.0
    assert "xylophone" in said
    assert made["ui"]["text"] == said.splitlines()
    values = [value for value, _, _ in pack.Bar.told]
    assert (values, values[-1]) == (sorted(values), 8)
    assert any(preview is not None for _, _, preview in pack.Bar.told)


def test_transparency_is_the_mask(nodes):
    _, mask, pictures, _ = draw(nodes, transparent=True)["result"]
    drawn = Image.open(io.BytesIO(pictures[0].data))
    alpha = np.asarray(drawn.getchannel("A"), dtype=np.float32) / 255
    assert np.allclose(1 - mask[0].numpy(), alpha)


def test_what_waits_in_the_queue_is_drawn_beside_it(nodes, comfy):
    queue = comfy["server"].PromptServer.instance.prompt_queue
    loader = {
        "class_type": "PawletteLoad",
        "inputs": {"model": "builtin", "precision": "auto", "gate": "kid"},
    }
    for number, seed in ((2, 22), (1, 21)):
        inputs = {
            "pawlette": ["1", 0],
            "words": "a fox",
            "style": "storybook",
            "seed": seed,
            "count": 1,
            "steps": 2,
        }
        prompt = {"1": loader, "2": {"class_type": "PawletteDraw", "inputs": inputs}}
        queue.waiting.append((number, f"id-{number}", prompt, {}, ["2"]))
    nodes["model"].go.clear()
    seen = []

    def watch():
        for _ in range(6000):
            if nodes["shared"].DESK.ahead() == 2:
                seen.append(True)
                break
            threading.Event().wait(0.01)
        nodes["model"].go.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    draw(nodes, seed=1)
    watcher.join()
    assert seen == [True]
    queue.waiting.clear()
    draw(nodes, "a fox", seed=21)
    assert sum(row.count(21) for row in nodes["model"].rows) == 2  # its two steps, once


def test_errors_are_the_nodes_own(nodes):
    with pytest.raises(Refused, match="panda"):
        draw(nodes, "a panda with a gun")
    with pytest.raises(BadJob, match="both"):
        draw(nodes, width=256)
    with pytest.raises(DrawingFailed):
        draw(nodes, seed=12, count=2)
    assert nodes["shared"].DESK.under_way() == 0


def test_an_interrupt_stops_what_is_drawn(nodes, comfy):
    nodes["model"].go.clear()
    comfy["comfy.model_management"].interrupted = True
    with pytest.raises(pack.Interrupted):
        draw(nodes)
    assert nodes["shared"].DESK.under_way() == 0


def test_a_prompts_text_is_for_any_encoder(nodes):
    made = nodes["PawlettePrompt"].read(load(nodes), "a smiling panda", "storybook", "5", {})
    text, negative, *encoded = made["result"]
    assert "smiling panda" in text
    assert "scary" in negative
    assert encoded == [None, None]
    assert nodes["model"].calls == []
    with pytest.raises(Refused):
        nodes["PawlettePrompt"].read(load(nodes), "a gun", "storybook")


def test_pictures_are_saved_as_they_were_drawn_with_the_workflow_in_them(nodes, tmp_path):
    pictures = draw(nodes)["result"][2]
    prompt, extra = {"1": {"class_type": "X"}}, {"workflow": {"nodes": [], "名": "熊猫"}}
    made = nodes["PawletteSave"].save("cute", pictures=pictures, prompt=prompt, extra_pnginfo=extra)
    nodes["shared"].SAVER.close()
    (said,) = made["ui"]["images"]
    with Image.open(tmp_path / "output" / said["filename"]) as saved:
        saved.load()
        assert json.loads(saved.text["prompt"]) == prompt
        assert json.loads(saved.text["workflow"]) == extra["workflow"]
        assert json.loads(saved.text["pawlette"])["words"] == "a panda"
        assert "AIGC" in saved.text


def test_any_image_is_saved_without_labels_that_it_did_not_bring(nodes, tmp_path):
    images = torch.rand(2, 8, 12, 3)
    made = nodes["PawletteSave"].save("any", images=images)
    kept = (255 * images.numpy()).astype(np.uint8)
    images.zero_()  # another node may change it meanwhile
    nodes["shared"].SAVER.close()
    for row, said in enumerate(made["ui"]["images"]):
        with Image.open(tmp_path / "output" / said["filename"]) as saved:
            assert np.array_equal(np.asarray(saved), kept[row])
            assert saved.text == {}


def test_save_takes_one_of_two(nodes):
    with pytest.raises(BadJob, match="either"):
        nodes["PawletteSave"].save("x")


def test_view_waits_for_a_picture_and_says_why_there_is_none(nodes, comfy, tmp_path):
    from aiohttp import web
    from aiohttp.test_utils import make_mocked_request

    routes = sys.modules[nodes["module"].__name__ + ".routes"]
    instance = comfy["server"].PromptServer.instance
    assert instance.app.middlewares == [routes.wait_for_picture]
    assert list(instance.routes.found) == ["/pawlette/status"]
    saver, go = nodes["shared"].SAVER, threading.Event()
    path = tmp_path / "output" / "x_00001_.png"

    def make():
        assert go.wait(60)
        return b"whole"

    async def view(request):
        return web.Response(body=path.read_bytes())

    async def ask():
        request = make_mocked_request("GET", "/view?filename=x_00001_.png&type=output")
        asked = asyncio.ensure_future(routes.wait_for_picture(request, view))
        await asyncio.sleep(0.05)
        assert not asked.done()
        assert routes.status()["saving"] == 1
        go.set()
        return await asked

    saver.save(path, make)
    assert asyncio.run(ask()).body == b"whole"

    def full():
        raise OSError("no space left")

    lost = tmp_path / "output" / "y_00001_.png"
    saver.save(lost, full)
    saver.close()
    answer = asyncio.run(
        routes.wait_for_picture(make_mocked_request("GET", "/view?filename=y_00001_.png"), view)
    )
    assert (answer.status, "no space left" in answer.text) == (500, True)
    assert routes.status()["failures"] == [{"filename": "y_00001_.png", "reason": "no space left"}]
    assert instance.sent == [
        ("pawlette_save_failed", {"filename": "y_00001_.png", "reason": "no space left"})
    ]


def test_without_pawlette_the_nodes_say_how_it_comes():
    script = (
        "import sys; sys.modules['pawlette'] = None\n"
        f"sys.path.insert(0, {str(pack.FOLDER.parents[0])!r})\n"
        "from tests.comfyui import pack\n"
        "module = pack.import_pack()\n"
        "for kind in module.NODE_CLASS_MAPPINGS.values():\n"
        "    assert kind.INPUT_TYPES() and kind.OUTPUT_NODE\n"
        "    try: kind().tell(words='a cat')\n"
        "    except RuntimeError as error: assert 'pip install pawlette' in str(error)\n"
        "    else: raise AssertionError\n"
        "print(*module.NODE_CLASS_MAPPINGS)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        "PawletteLoad", "PawlettePrompt", "PawletteDraw", "PawletteEncode", "PawletteDenoise", "PawletteDecode",
        "PawletteSave",
    ]  # fmt: skip


def test_the_registrys_file_is_whole():
    project = tomllib.loads((pack.FOLDER / "pyproject.toml").read_text())
    assert project["project"]["name"] == "comfyui-pawlette"
    assert {"PublisherId", "DisplayName"} <= project["tool"]["comfy"].keys()
    ours = tomllib.loads((pack.FOLDER.parent / "pyproject.toml").read_text())
    assert project["project"]["version"] == ours["project"]["version"]
    assert project["project"]["dependencies"] == [f"pawlette>={ours['project']['version']}"]


def test_the_desk_is_the_packs_own(nodes):
    assert isinstance(nodes["shared"].DESK, Desk)
