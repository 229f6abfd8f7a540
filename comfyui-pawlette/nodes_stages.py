"""Encode, Denoise and Decode: the engine's stages one by one, on ComfyUI's own CONDITIONING, LATENT and IMAGE."""

from __future__ import annotations

from pawlette.comfyui.desk import Wish
from pawlette.comfyui.stages import decode, denoise, open_conditionings
from pawlette.job import MAX_SEED

from . import host
from .names import CATEGORY
from .shared import DESK


class Encode:
    """Open text, for studio mode."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Reads an adult's open text and its negative. With the kid gate, use Pawlette Prompt."
    FUNCTION = "encode"
    RETURN_TYPES = ("CONDITIONING", "CONDITIONING")
    RETURN_NAMES = ("positive", "negative")

    @classmethod
    def INPUT_TYPES(cls):
        text = ("STRING", {"multiline": True, "default": ""})
        return {"required": {"pawlette": ("PAWLETTE",), "text": text, "negative": text}}

    def encode(self, pawlette: Wish, text: str, negative: str):
        return open_conditionings(DESK.studio(pawlette), text, negative)


class Denoise:
    """From noise to latents."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Denoises an empty latent image by a text. A batch's seeds count up; each row is drawn as alone."
    )
    FUNCTION = "denoise"
    RETURN_TYPES = ("LATENT",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "pawlette": ("PAWLETTE",),
                "positive": ("CONDITIONING",),
                "latent_image": ("LATENT",),
                "seed": ("INT", {"default": 0, "min": 0, "max": MAX_SEED, "control_after_generate": True}),
                "steps": ("INT", {"default": 0, "min": 0, "max": 200, "tooltip": "0: the model's own."}),
                "guidance": ("FLOAT", {"default": 0.0, "min": 0.0, "max": 30.0, "step": 0.1}),
            },
            "optional": {
                "negative": ("CONDITIONING",),
                "shift": (
                    "FLOAT",
                    {
                        "default": 0.0,
                        "min": 0.0,
                        "max": 100.0,
                        "step": 0.01,
                        "tooltip": "0: the model's schedule.",
                    },
                ),
            },
        }

    def denoise(
        self, pawlette: Wish, seed, steps, guidance, positive, latent_image, negative=None, shift=0.0
    ):
        bars: list[host.Progress] = []

        def on_step(done: int, total: int) -> None:
            host.check_interrupt()
            if not bars:
                bars.append(host.Progress(total))
            bars[0].show(done)

        samples = denoise(
            DESK.studio(pawlette), positive, negative, latent_image,
            seed=seed, steps=steps, guidance=guidance, shift=shift, on_step=on_step,
        )  # fmt: skip
        return ({"samples": samples},)


class Decode:
    """From latents to pictures."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Decodes latents of this model, one picture after the other."
    FUNCTION = "decode"
    RETURN_TYPES = ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"pawlette": ("PAWLETTE",), "samples": ("LATENT",)}}

    def decode(self, pawlette: Wish, samples):
        images = decode(DESK.studio(pawlette), samples["samples"], on_row=host.check_interrupt)
        return (images,)
