"""ComfyUI's CONDITIONING, LATENT and IMAGE <-> the nouns of a journey. Knows a model's numbers, not ComfyUI itself.

CONDITIONING is [[embeds (1, tokens, width), {…}], …]; LATENT {"samples": (batch, channels, [1,] height, width)}, as the
autoencoder takes them; IMAGE (batch, height, width, 3) from 0 to 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pawlette.engine.deliver import to_image
from pawlette.errors import BadJob
from pawlette.job import Conditioning, Job, Latents, Pixels
from pawlette.model.packing import pack, unpack
from pawlette.model.qwen import QwenImage
from pawlette.words import Prompt

PROMPT = (
    "pawlette_prompt"  # in a CONDITIONING's dictionary: the Prompt that was read, so that the gate is known
)
PIXELS_PER_LATENT = 8  # of an empty LATENT, whatever draws it, unless it says otherwise
SAID_SCALE = "downscale_ratio_spacial"  # sic

ComfyConditioning = list[list[Any]]


def to_conditioning(embeds: Tensor, prompt: Prompt) -> ComfyConditioning:
    """Embeddings (tokens, width) of one text."""
    return [[embeds[None].float().cpu(), {PROMPT: prompt, "pooled_output": None}]]


def prompt_of(conditioning: ComfyConditioning) -> Prompt | None:
    """The Prompt that a CONDITIONING was read from; None where another node made it."""
    _check_conditioning(conditioning)
    found = conditioning[0][1].get(PROMPT)
    return found if isinstance(found, Prompt) else None


def embeds_of(conditioning: ComfyConditioning, model: QwenImage) -> Tensor:
    """(tokens, width) without padding, where the model draws; raises BadJob for what it does not read."""
    _check_conditioning(conditioning)
    embeds, extra = conditioning[0]
    width = model.text.width
    if embeds.dim() != 3 or len(embeds) != 1 or embeds.shape[2] != width:
        raise BadJob(
            f"{model.family.name} reads a text as (1, tokens, {width}); got {tuple(embeds.shape)}: "
            "the CONDITIONING is another model's"
        )
    return without_padding(embeds[0], extra.get("attention_mask")).to(model.device, model.dtype)


def without_padding(tokens: Tensor, mask: Tensor | None) -> Tensor:
    """The (tokens, width) of one text that its mask, of any shape, keeps."""
    return tokens if mask is None else tokens[mask.reshape(-1)[: len(tokens)].bool().to(tokens.device)]


def _check_conditioning(conditioning: Any) -> None:
    if not isinstance(conditioning, list) or len(conditioning) != 1:
        count = len(conditioning) if isinstance(conditioning, list) else 0
        raise BadJob(f"one CONDITIONING is read, not several that were combined; got {count}")


def empty_size(latent: Mapping[str, Any]) -> tuple[int, int, int]:
    """How many pictures, and their (width, height) in pixels, of an empty LATENT; raises BadJob for another."""
    samples = latent["samples"]
    if samples.count_nonzero():
        raise BadJob("only an empty latent image is drawn on; got one that holds a picture")
    scale = latent.get(SAID_SCALE, PIXELS_PER_LATENT)
    height, width = samples.shape[-2:]
    return len(samples), width * scale, height * scale


def to_samples(model: QwenImage, finished: Sequence[Latents]) -> Tensor:
    """Finished latents of one size -> (batch, channels, height, width) on the CPU; 1.x has a frame before height."""
    tokens = torch.stack([one.tensor for one in finished])
    samples = unpack(tokens, model.grid(finished[0].job), model.family.patch)
    scaled = (samples * model.latents_std + model.latents_mean).float().cpu()
    return scaled[:, :, None] if model.family.generation == "1.x" else scaled


def from_samples(model: QwenImage, samples: Tensor, job: Job) -> list[Latents]:
    """The way back: rows that `decode` takes. `job` is any of this model; its size becomes the samples'."""
    if samples.dim() == 5 and samples.shape[2] == 1:
        samples = samples[:, :, 0]
    if samples.dim() != 4 or samples.shape[1] != model.latent_channels:
        raise BadJob(
            f"{model.family.name} decodes latents of {model.latent_channels} channels; got {tuple(samples.shape)}"
        )
    height, width = (side * model.family.pixels_per_latent for side in samples.shape[-2:])
    job = dataclasses.replace(job, width=width, height=height)
    # The learned upscaler enlarges one size alone, from latents that are smaller than it.
    if model.family.enlarges(job) > 1:
        raise BadJob(f"{model.family.name} makes {width}x{height} of smaller latents: use Pawlette Draw")
    model.family.check(job)
    plain = (samples.to(model.device) - model.latents_mean) / model.latents_std
    tokens = pack(plain, model.family.patch)
    none = Conditioning(tokens.new_zeros(0, model.text.width))
    return [Latents(job, none, row.contiguous(), (0.0,)) for row in tokens]


def to_images(pixels: Sequence[Pixels]) -> Tensor:
    """Decoded pictures -> (batch, height, width, 3) from 0 to 1, on white where they are transparent."""
    return stacked([to_image(one) for one in pixels])


def stacked(images: Sequence[Image.Image]) -> Tensor:
    """(batch, height, width, 3) from 0 to 1; what is transparent keeps its colours."""
    arrays = [np.asarray(one.convert("RGB"), dtype=np.float32) for one in images]
    return torch.from_numpy(np.stack(arrays)) / 255.0


def masks(images: Sequence[Image.Image]) -> Tensor:
    """(batch, height, width), 1 where a picture is transparent, as ComfyUI's LoadImage has it."""
    alphas = [np.asarray(one.convert("RGBA").getchannel("A"), dtype=np.float32) for one in images]
    return 1.0 - torch.from_numpy(np.stack(alphas)) / 255.0
