"""Load, Prompt and Draw: words in, pictures out, through Pawlette's whole engine."""

from __future__ import annotations

import asyncio
import io
from time import monotonic

from PIL import Image

from pawlette.comfyui import asks
from pawlette.comfyui.desk import Drawing, Wish
from pawlette.comfyui.stages import conditionings
from pawlette.comfyui.tensors import masks, stacked
from pawlette.job import MAX_SEED, Picture
from pawlette.model.switches import PRECISIONS
from pawlette.words import STYLES

from . import host
from .names import CATEGORY
from .shared import DESK

LOOK, LOOK_AHEAD = 0.05, 0.25  # seconds between two looks at the pictures under way, and at the queue
STYLE = ([asks.FROM_WORDS, *STYLES], {"default": asks.FROM_WORDS})
WORDS = (
    "STRING",
    {"multiline": True, "default": "a smiling panda", "tooltip": "What to draw: one picture a line."},
)


def wish_of(inputs: dict) -> Wish:
    """A Load node's inputs as the desk wants them."""
    return asks.wish_of(**inputs, device=host.device(), find_model=host.find_model, find_lora=host.find_lora)


OUTLOOK = asks.Outlook(wish_of, DESK.opened)


class Load:
    """A model for the other nodes."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Loads a model of Pawlette or of the diffusers layout, for the Pawlette nodes. MODEL and VAE are for ComfyUI's "
        "own sampler and decoder, with CONDITIONING of Pawlette Prompt."
    )
    FUNCTION = "load"
    RETURN_TYPES = ("PAWLETTE", "MODEL", "VAE")

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": (
                    host.models(),
                    {"tooltip": "builtin, or a folder in models/pawlette or models/diffusers."},
                ),
                "precision": (list(PRECISIONS), {"default": "auto"}),
                "gate": (
                    [asks.KID, asks.STUDIO],
                    {
                        "tooltip": "kid: words are read and made fit for children. studio: open text of an adult."
                    },
                ),
            },
            "optional": {
                "decoder": (["full", "light"], {"default": "full"}),
                "lora": ([asks.NONE, *host.loras()], {"default": asks.NONE}),
                "lora_strength": ("FLOAT", {"default": 1.0, "min": -2.0, "max": 2.0, "step": 0.05}),
            },
        }

    def load(self, **inputs):
        wish = wish_of(inputs)
        if DESK.opened(wish) is None:
            host.make_room()
        studio = DESK.studio(wish)
        studio.load()
        return (wish, *host.stock_parts(studio))


class Prompt:
    """Words, read and made fit, as the text that a model reads."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Reads words through Pawlette's gate: the text for any text encoder, or CONDITIONING for its own."
    )
    FUNCTION = "read"
    RETURN_TYPES = ("STRING", "STRING", "CONDITIONING", "CONDITIONING")
    RETURN_NAMES = ("text", "negative text", "positive", "negative")

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"pawlette": ("PAWLETTE",), "words": ("STRING", {"multiline": True}), "style": STYLE},
            "hidden": {"unique_id": "UNIQUE_ID", "prompt": "PROMPT"},
        }

    def read(self, pawlette: Wish, words: str, style: str, unique_id=None, prompt=None):
        studio = DESK.studio(pawlette)
        accepted = studio.accept(words.strip(), seed=0, style=None if style == asks.FROM_WORDS else style)
        read = accepted.job.prompt
        wanted = _linked_slots(prompt or {}, unique_id) & {2, 3}
        encoded = conditionings(studio, read) if wanted else (None, None)
        return {"ui": {"text": list(accepted.said)}, "result": (read.text, read.negative, *encoded)}


def _linked_slots(prompt: dict, id: str | None) -> set[int]:
    """Which outputs of a node others take."""
    links = (value for node in prompt.values() for value in node.get("inputs", {}).values())
    return {link[1] for link in links if isinstance(link, list) and len(link) == 2 and link[0] == id}


class Draw:
    """Pictures of words. While they are drawn, what waits in ComfyUI's queue is begun."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Draws a picture for each line of words. Prompts that wait in the queue are drawn beside it."
    )
    FUNCTION = "draw"
    RETURN_TYPES = ("IMAGE", "MASK", "PAWLETTE_PICTURES", "STRING")
    RETURN_NAMES = ("image", "mask", "pictures", "said")

    @classmethod
    def INPUT_TYPES(cls):
        whole = {"default": 0, "min": 0, "tooltip": "0: the model's own."}
        strength = {
            "default": 0.0,
            "min": 0.0,
            "max": 30.0,
            "step": 0.1,
            "tooltip": "0: the model's own; 1: off.",
        }
        seed = {"default": 0, "min": 0, "max": MAX_SEED, "control_after_generate": True}
        return {
            "required": {
                "pawlette": ("PAWLETTE",),
                "words": WORDS,
                "style": STYLE,
                "seed": ("INT", seed),
                "count": (
                    "INT",
                    {"default": 1, "min": 1, "max": asks.MOST_PICTURES, "tooltip": "Pictures a line."},
                ),
            },
            "optional": {
                "width": ("INT", whole | {"max": 4096, "step": 16}),
                "height": ("INT", whole | {"max": 4096, "step": 16}),
                "steps": ("INT", whole | {"max": 200}),
                "guidance": ("FLOAT", strength),
                "transparent": ("BOOLEAN", {"default": False}),
                "finish": ("STRING", {"default": "off", "tooltip": "off, 0.6 or saturation=0.4,cartoon=0.3"}),
            },
        }

    async def draw(self, pawlette: Wish, **inputs):
        asked = asks.asked_of(DESK.studio(pawlette), **inputs)
        drawings = DESK.ask(pawlette, asked.jobs)
        finished = False
        try:
            await _wait(drawings, sum(job.steps for job in asked.jobs))
            pictures = [one.future.result() for one in drawings]
            finished = True
        finally:
            DESK.leave(drawings, stop=not finished)
        opened = [_opened(one) for one in pictures]
        said = "\n".join(asked.said)
        return {"ui": {"text": list(asked.said)}, "result": (stacked(opened), masks(opened), pictures, said)}


async def _wait(drawings: list[Drawing], steps: int) -> None:
    """Until all are done or one has failed; the bar moves, and the queue's next pictures are begun."""
    progress, told, looked = host.Progress(steps), 0, 0.0
    while True:
        host.check_interrupt()
        if monotonic() - looked >= LOOK_AHEAD:
            DESK.look_ahead(OUTLOOK.keys(host.prompts()))
            looked = monotonic()
        done = [one.future.result() for one in drawings if one.future.done()]
        preview = _opened(done[-1]).convert("RGB") if len(done) > told else None
        told = len(done)
        progress.show(sum(one.steps for one in drawings), preview)
        if told == len(drawings):
            return
        await asyncio.sleep(LOOK)


def _opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))
