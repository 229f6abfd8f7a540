"""The plain sequential twin: diffusers' own pipeline as its users write it, eager, one picture after the other.

Knows nothing of our engine and our modules. Each picture is encoded, denoised, decoded and saved by Pillow before the
next begins. That is a sum, so one drawn picture is saved at every PNG level and each level's total is its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pawlette import device as devices
from pawlette.bench.agreement import Drawn
from pawlette.job import Job

LEVELS: dict[str, int | None] = {"default": 6, "level 4": 4, "none": None}  # of Pillow's PNG

Embed = Callable[[Job], Tensor]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one picture took, in seconds."""

    draw: float  # encode, denoise, decode, to a Pillow image
    save: dict[str, float]  # PNG level -> seconds

    def total(self, level: str) -> float:
        return self.draw + self.save[level]


class Baseline:
    """A diffusers pipeline. `negative` is read by guided jobs; `embed` reads prompts where its text encoder cannot.

    `page` stands in for a drawn image when it is saved: random weights draw noise, which no PNG makes smaller.
    """

    def __init__(
        self, pipeline: Any, device: str, negative: Callable[[Job], str | None], *, embed: Embed | None = None,
        page: Callable[[Job], Image.Image] | None = None,
    ) -> None:  # fmt: skip
        self.pipeline, self.device, self.negative = pipeline, device, negative
        self.embed, self.page = embed, page

    def draw(self, job: Job, **settings: Any) -> Any:
        """What the pipeline makes of a job: a Pillow image, or another `output_type`."""
        given: dict[str, Any] = {"prompt": job.prompt.text}
        if self.embed is not None:
            given = {"prompt_embeds": self.embed(job)[None]}
        return self.pipeline(
            **given, negative_prompt=self.negative(job), true_cfg_scale=job.guidance, width=job.width,
            height=job.height, num_inference_steps=job.steps,
            generator=torch.Generator("cpu").manual_seed(job.seed), **settings,
        ).images[0]  # fmt: skip

    def picture(self, job: Job, folder: Path) -> Taken:
        """Draw and save one picture, at every PNG level in turn."""
        start = time.perf_counter()
        image = self.draw(job)
        drawn = time.perf_counter() - start
        image = image if self.page is None else self.page(job)
        return Taken(drawn, {name: save(image, folder, level) for name, level in LEVELS.items()})

    def pictures(self, jobs: Sequence[Job], folder: Path) -> list[Taken]:
        return [self.picture(job, folder) for job in jobs]

    def trajectory(self, job: Job, noise: Tensor) -> Drawn:
        """The job drawn from our noise, (tokens, channels), keeping what each step left."""
        kept: list[Tensor] = []

        def keep(pipeline: Any, step: int, time: Any, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            kept.append(tensors["latents"][0].float().cpu())
            return {}

        image = self.draw(job, latents=noise[None], callback_on_step_end=keep, output_type="pt")
        pixels = (image.float() * 255.0).round().clamp(0, 255).to(torch.uint8)
        return Drawn(tuple(kept), pixels.permute(1, 2, 0).cpu())

    def stages(self, job: Job) -> dict[str, Callable[[], object]]:
        """Acts that end behind each stage: their differences are the stages."""

        def read() -> object:
            if self.embed is not None:
                return self.embed(job)
            negative = self.negative(job)
            return [self.pipeline.encode_prompt(prompt=text) for text in (job.prompt.text, negative) if text]

        return {
            "encode": lambda: self._ended(read),
            "denoise": lambda: self._ended(lambda: self.draw(job, output_type="latent")),
            "decode": lambda: self._ended(lambda: self.draw(job, output_type="pt")),
        }

    def _ended(self, act: Callable[[], object]) -> None:
        with torch.no_grad():
            act()
        devices.finish_work(self.device)


def save(image: Image.Image, folder: Path, level: int | None) -> float:
    """Seconds for a PNG file at a level of compression; None writes no file and takes none."""
    if level is None:
        return 0.0
    start = time.perf_counter()
    image.save(folder / "baseline.png", compress_level=level)
    return time.perf_counter() - start
