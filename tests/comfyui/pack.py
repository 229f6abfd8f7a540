"""The node pack imported as ComfyUI does, with stand-ins for what ComfyUI gives it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

FOLDER = Path(__file__).parents[2] / "comfyui-pawlette"


class Interrupted(Exception):
    """As ComfyUI raises it."""


class Bar:
    """Notes what a progress bar was told."""

    told: list = []  # noqa: RUF012  every bar's

    def __init__(self, total):
        self.total = total

    def update_absolute(self, value, total=None, preview=None):
        Bar.told.append((value, self.total, preview))


class Queue:
    """ComfyUI's queue: items (number, id, prompt, …), a heap."""

    def __init__(self):
        self.running, self.waiting = [], []

    def get_current_queue(self):
        return self.running, self.waiting


class Routes:
    def __init__(self):
        self.found = {}

    def get(self, path):
        return lambda handler: self.found.setdefault(path, handler)


def stand_ins(root: Path) -> dict[str, ModuleType]:
    """ComfyUI's modules by name; its folders lie in `root`."""
    comfy, management, utils = (
        ModuleType("comfy"),
        ModuleType("comfy.model_management"),
        ModuleType("comfy.utils"),
    )
    management.get_torch_device = lambda: "cpu"
    management.freed = 0
    management.interrupted = False

    def unload_all_models():
        management.freed += 1

    def throw():
        if management.interrupted:
            raise Interrupted

    management.unload_all_models, management.throw_exception_if_processing_interrupted = (
        unload_all_models,
        throw,
    )
    utils.ProgressBar = Bar
    comfy.model_management, comfy.utils = management, utils
    folders = ModuleType("folder_paths")
    folders.models_dir = str(root / "models")
    output = root / "output"
    output.mkdir(parents=True, exist_ok=True)
    folders.get_output_directory = lambda: str(output)
    folders.get_directory_by_type = {"output": str(output)}.get
    folders.get_filename_list = lambda kind: ["fox.safetensors"]
    folders.get_full_path = lambda kind, name: f"/loras/{name}" if name == "fox.safetensors" else None
    folders.get_save_image_path = lambda prefix, root, width, height: (root, prefix, 1, "", prefix)
    server = ModuleType("server")
    instance = SimpleNamespace(
        prompt_queue=Queue(), routes=Routes(), app=SimpleNamespace(middlewares=[]), sent=[]
    )
    instance.send_sync = lambda event, data: instance.sent.append((event, data))
    server.PromptServer = SimpleNamespace(instance=instance)
    return {
        "comfy": comfy, "comfy.model_management": management, "comfy.utils": utils,
        "folder_paths": folders, "server": server,
    }  # fmt: skip


def import_pack(name: str = "comfyui_pawlette_under_test") -> ModuleType:
    """A fresh import of the folder, whatever its own name is."""
    for loaded in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[loaded]
    spec = importlib.util.spec_from_file_location(
        name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
