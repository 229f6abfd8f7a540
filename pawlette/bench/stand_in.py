"""A model whose finished pictures look drawn: picture-like pixels take the place of what random weights made.

Noise does not compress as drawings do, so a measurement that ends in a file would be of another thing. Everything up
to the pixels is computed; they are swapped on the device, so copies and waits are those of a real picture.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pawlette.bench.picture_like import Array, drawn, picture_like
from pawlette.engine.stages import Model, Rehearsing, prefetch
from pawlette.files import write_whole
from pawlette.job import Conditioning, Job, Latents, Pixels
from pawlette.studio import Studio

KINDS = 4  # different pages of one size


def kept_drawings(folder: Path) -> list[Image.Image]:
    """The built-in model's drawings, made once and kept in the folder: they take a CPU some seconds."""
    paths = [folder / f"drawing-{number}.png" for number in range(2)]
    if not all(path.exists() for path in paths):
        for path, drawing in zip(paths, drawn(Studio(device="cpu")), strict=True):
            data = io.BytesIO()
            drawing.save(data, "PNG")
            write_whole(path, data.getvalue())
    return [Image.open(path).convert("RGB") for path in paths]


class Pages:
    """Picture-like pages of any shape, a few of each, always the same ones."""

    def __init__(self, drawings: Sequence[Image.Image]) -> None:
        self.drawings = list(drawings)
        self._pages: dict[tuple[tuple[int, int], int], Array] = {}

    def array(self, job: Job) -> Array:
        """(height, width, 3) uint8 for a job."""
        height, width = job.shape
        kind = job.seed % KINDS
        if (job.shape, kind) not in self._pages:
            whole = picture_like(self.drawings[kind % len(self.drawings)], max(height, width), seed=kind)
            self._pages[job.shape, kind] = np.ascontiguousarray(whole[:height, :width])
        return self._pages[job.shape, kind]

    def image(self, job: Job) -> Image.Image:
        return Image.fromarray(self.array(job))


class StandIn:
    """The model given, but for what its pictures look like."""

    def __init__(self, model: Model, pages: Pages) -> None:
        self.model, self.pages = model, pages
        self._ready: dict[tuple[tuple[int, int], int], Tensor] = {}

    def encode(self, jobs: Sequence[Job]) -> Sequence[Conditioning]:
        return self.model.encode(jobs)

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        return self.model.begin(job, conditioning)

    def prefetch(self, latents: Latents) -> None:
        prefetch(self.model, latents)

    def step(self, latents: Sequence[Latents]) -> Sequence[Latents]:
        return self.model.step(latents)

    def decode(self, latents: Sequence[Latents]) -> Sequence[Pixels]:
        return [replace(one, tensor=self._page(one)) for one in self.model.decode(latents)]

    def rehearsal(self, jobs: Sequence[Job], most: int) -> Iterable[Sequence[Job]]:
        return self.model.rehearsal(jobs, most) if isinstance(self.model, Rehearsing) else ()

    def _page(self, pixels: Pixels) -> Tensor:
        """On the pixels' device and with their channels; alpha is full."""
        key = pixels.job.shape, pixels.job.seed % KINDS
        if key not in self._ready:
            page = torch.from_numpy(self.pages.array(pixels.job))
            if pixels.tensor.shape[-1] == 4:
                page = torch.cat([page, torch.full_like(page[..., :1], 255)], dim=-1)
            self._ready[key] = page.to(pixels.tensor.device)
        return self._ready[key]
