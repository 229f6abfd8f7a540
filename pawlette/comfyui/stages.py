"""The engine's stages one by one, on ComfyUI's own types, for nodes that stand between others. Knows no ComfyUI.

Plain and in the caller's thread: what should be drawn beside other pictures goes through the desk. A kid gate lets
only texts through that were read behind it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from pawlette.comfyui.tensors import (
    ComfyConditioning,
    embeds_of,
    empty_size,
    from_samples,
    prompt_of,
    to_conditioning,
    to_images,
    to_samples,
)
from pawlette.errors import BadJob
from pawlette.job import MAX_SEED, Conditioning, Job, Sampling
from pawlette.model.packing import pack, unpack
from pawlette.model.qwen import QwenImage
from pawlette.studio import Studio
from pawlette.words import Prompt
from pawlette.words.styles import DEFAULT

OnStep = Callable[[int, int], None]  # steps done, and of how many
MOST_ROWS = 64
USUAL_SHIFT = 3.1  # of ComfyUI's own workflows for Qwen-Image


def loaded(studio: Studio) -> QwenImage:
    """The Studio's model with its weights; raises BadModel or BadWeights."""
    return cast(QwenImage, studio.load())


def conditionings(studio: Studio, prompt: Prompt) -> tuple[ComfyConditioning, ComfyConditioning]:
    """The positive and negative CONDITIONING of a Prompt."""
    model = loaded(studio)
    texts = model.text.encode([prompt.text, studio.family.negative_of(prompt)])
    return to_conditioning(texts[0], prompt), to_conditioning(texts[1], prompt)


def open_conditionings(
    studio: Studio, text: str, negative: str
) -> tuple[ComfyConditioning, ComfyConditioning]:
    """Of an adult's open text; raises BadJob behind a kid gate, Refused for what no gate lets through."""
    if not studio.studio_mode:
        raise BadJob("open text is for the studio gate; behind the kid gate use Pawlette Prompt")
    return conditionings(studio, studio.accept(text, seed=0, negative=negative).job.prompt)


def denoise(
    studio: Studio, positive: ComfyConditioning, negative: ComfyConditioning | None, latent: Mapping[str, Any], *,
    seed: int, steps: int = 0, guidance: float = 0.0, shift: float = 0.0, on_step: OnStep | None = None,
) -> Tensor:  # fmt: skip
    """Samples (batch, channels, [1,] height, width) of an empty LATENT; 0 is the model's own number.

    Raises BadJob; what `on_step` raises ends it.
    """
    model, family = loaded(studio), studio.family
    prompt = prompt_of(positive)
    if prompt is None:
        if not studio.studio_mode:
            raise BadJob("behind the kid gate, CONDITIONING comes from Pawlette Prompt; got another node's")
        prompt = Prompt("", "", None, DEFAULT)
    count, width, height = empty_size(latent)
    if not 1 <= count <= MOST_ROWS or seed + count - 1 > MAX_SEED:
        raise BadJob(f"1 to {MOST_ROWS} rows are drawn, with seeds up to {MAX_SEED}; got {count} from {seed}")
    first = Job(
        prompt=prompt, seed=seed, width=width, height=height, steps=steps or family.steps,
        guidance=guidance or family.guidance, lora=studio.lora.label if studio.lora else None,
        decoder=studio.decoder.name, sampling=Sampling(shift=shift or None),
    )  # fmt: skip
    family.check(first)
    guided = first.guidance > 1.0
    if guided and negative is None:
        raise BadJob(f"guidance {first.guidance:g} needs a negative CONDITIONING; link one")
    read = Conditioning(
        embeds_of(positive, model), embeds_of(negative, model) if guided and negative is not None else None
    )
    rows = [model.begin(dataclasses.replace(first, seed=seed + at), read) for at in range(count)]
    for done in range(first.steps):
        if on_step is not None:
            on_step(done, first.steps)
        rows = model.step(rows)
    if on_step is not None:
        on_step(first.steps, first.steps)
    return to_samples(model, rows)


def shift_of(model: QwenImage) -> float:
    """The constant shift that stands in for a model's schedule where only a shift can be said."""
    schedule = model.schedule
    return USUAL_SHIFT if schedule.use_dynamic_shifting else schedule.shift


def velocity(
    model: QwenImage, latents: Tensor, sigmas: Tensor, texts: Sequence[Tensor], schedule: Sequence[float] = ()
) -> Tensor:
    """One forward for a sampler of somebody else's: (rows, channels, [1,] height, width) in and out, float32.

    `sigmas`: (rows,) from 1 to 0; `texts`: each (tokens, width); `schedule`: all sigmas of the sampler. Unguided.
    """
    patch = model.family.patch
    flat = latents[:, :, 0] if latents.dim() == 5 else latents
    grid = (flat.shape[-2] // patch, flat.shape[-1] // patch)
    tokens = pack(flat.to(model.device), patch)
    here = [text.to(model.device) for text in texts]
    made = model.velocity_at(tokens, here, sigmas.float().tolist(), grid, schedule)
    return unpack(made, grid, patch).reshape(latents.shape).to(latents.device)


@torch.inference_mode()
def decode(studio: Studio, samples: Tensor, *, on_row: Callable[[], None] | None = None) -> Tensor:
    """Images (batch, height, width, 3) from 0 to 1, one row after the other. Raises BadJob or DrawingFailed."""
    model = loaded(studio)
    job = Job(Prompt("", "", None, DEFAULT), seed=0, decoder=studio.decoder.name)
    pictures = []
    for row in from_samples(model, samples, job):
        if on_row is not None:
            on_row()
        pictures += model.decode([row])
    return to_images(pictures)
