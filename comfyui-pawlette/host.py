"""All that these nodes know of ComfyUI: folders, the queue, progress, interrupts, the device. Nothing of pictures."""

from __future__ import annotations

from pathlib import Path

import comfy.model_management
import comfy.utils
import folder_paths
from server import PromptServer

PREVIEW_SIDE = 512  # pixels of a preview, at most
MODELS = ("pawlette", "diffusers")  # folders in models/ whose own folders are offered
MARKS = ("pawlette.json", "model_index.json", "modular_model_index.json")
BUILTIN = "builtin"


def device() -> str:
    """Where ComfyUI draws, as PyTorch names it."""
    return str(comfy.model_management.get_torch_device())


def make_room() -> None:
    """Have ComfyUI's own models leave the device."""
    comfy.model_management.unload_all_models()


def stock_parts(studio) -> tuple:
    """A Studio's MODEL and VAE for ComfyUI's own nodes."""
    from . import stock  # imports much of ComfyUI

    return stock.stock_parts(studio)


def check_interrupt() -> None:
    """Raise ComfyUI's own exception where somebody pressed its button."""
    comfy.model_management.throw_exception_if_processing_interrupted()


def _model_folders() -> dict[str, Path]:
    found = {}
    for kind in MODELS:
        root = Path(folder_paths.models_dir) / kind
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            if any((folder / mark).exists() for mark in MARKS):
                found[f"{kind}/{folder.name}"] = folder
    return found


def models() -> list[str]:
    """What a Load node offers: the model that ships with Pawlette, then folders in models/."""
    return [BUILTIN, *_model_folders()]


def find_model(name: str) -> str:
    """The folder of an offered name; raises ValueError for another, so that no path comes in by a workflow."""
    if name == BUILTIN:
        return name
    folders = _model_folders()
    if name not in folders:
        raise ValueError(f"a model is one of {', '.join(models())}; got {name!r}")
    return str(folders[name])


def loras() -> list[str]:
    return folder_paths.get_filename_list("loras")


def find_lora(name: str) -> str:
    """The path of an offered LoRA; raises ValueError for another."""
    path = folder_paths.get_full_path("loras", name)
    if path is None:
        raise ValueError(f"there is no LoRA {name!r} in ComfyUI's models/loras")
    return path


def prompts() -> list[tuple[str, dict]]:
    """Id and API format of the prompt that runs and of those in the queue, next first."""
    server = getattr(PromptServer, "instance", None)
    if server is None:
        return []
    queue = server.prompt_queue
    running, waiting = getattr(queue, "get_current_queue_volatile", queue.get_current_queue)()
    ordered = sorted(waiting, key=lambda item: item[:2])  # it is a heap
    return [(item[1], item[2]) for item in (*running, *ordered)]


class Progress:
    """ComfyUI's bar above the node that runs; a finished picture is its preview."""

    def __init__(self, total: int) -> None:
        self._bar = comfy.utils.ProgressBar(total)
        self._shown = -1

    def show(self, done: int, preview=None) -> None:
        """`preview`: a PIL image, shown once."""
        if done == self._shown and preview is None:
            return
        self._shown = done
        self._bar.update_absolute(done, preview=None if preview is None else ("JPEG", preview, PREVIEW_SIDE))


def output_place(prefix: str, width: int, height: int) -> tuple[Path, str, int, str]:
    """Folder, name's stem, next number and subfolder for a file prefix; ComfyUI refuses places outside of output/."""
    root = folder_paths.get_output_directory()
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(prefix, root, width, height)
    return Path(folder), stem, counter, subfolder


def path_of(filename: str, subfolder: str, kind: str) -> Path | None:
    """Where /view would look for a file; None where it would refuse."""
    root = folder_paths.get_directory_by_type(kind)
    if root is None or not filename:
        return None
    return Path(root) / subfolder / Path(filename).name
