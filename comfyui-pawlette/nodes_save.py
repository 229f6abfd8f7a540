"""Save (async): a picture's encoding and its way to the disk, off the thread that draws."""

from __future__ import annotations

import json

import numpy as np

from pawlette.comfyui.saving import png, reserve, with_texts
from pawlette.errors import BadJob

from . import host
from .names import CATEGORY
from .shared import SAVER


class Save:
    """Takes a name now and writes the picture soon; /view waits for it."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Saves beside the next picture's drawing. Link `pictures` of Pawlette Draw, whose files carry its labels, or "
        "`images` of any node."
    )
    FUNCTION = "save"
    OUTPUT_NODE = True
    RETURN_TYPES = ()

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"filename_prefix": ("STRING", {"default": "pawlette"})},
            "optional": {"pictures": ("PAWLETTE_PICTURES",), "images": ("IMAGE",)},
            "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"},
        }

    def save(self, filename_prefix, pictures=None, images=None, prompt=None, extra_pnginfo=None):
        if (pictures is None) == (images is None):
            raise BadJob("Pawlette Save takes either `pictures` or `images`: link one of them")
        texts = {"prompt": prompt} if prompt is not None else {}
        texts = {name: json.dumps(value) for name, value in (texts | (extra_pnginfo or {})).items()}
        if pictures is not None:
            made = [(one.job.width, one.job.height, _labelled(one.data, texts)) for one in pictures]
        else:
            made = [(one.shape[1], one.shape[0], _encoded(one, texts)) for one in images]
        return {"ui": {"images": [_queued(filename_prefix, *one) for one in made]}}


def _labelled(data, texts):
    return lambda: with_texts(data, texts)


def _encoded(image, texts):
    """From (height, width, 3 or 4), 0 to 1; read now, for another node may change it."""
    pixels = np.clip(255.0 * image.cpu().numpy(), 0, 255).astype(np.uint8)
    return lambda: png(pixels, texts)


def _queued(prefix, width, height, make):
    folder, stem, counter, subfolder = host.output_place(prefix, width, height)
    path = reserve(folder, stem, counter)
    SAVER.save(path, make)
    return {"filename": path.name, "subfolder": subfolder, "type": "output"}
