"""Pixels of any size that compress as drawn pictures do. Knows the Studio, and no encoder.

Random weights draw noise, which no PNG makes smaller; so speed measurements that end in a file put these in its place.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pawlette.studio import Studio

Array = NDArray[np.uint8]

PROMPTS = ("two foxes in the forest", "a dolphin under water")
GRAIN = 0.5  # deviation, in codes: with it a 1024-pixel drawing takes about 8 bits a pixel, as decoders leave them


def drawn(studio: Studio) -> list[Image.Image]:
    """A few pictures of the Studio's model at its largest size, on white, always the same ones."""
    size = max(studio.family.sizes)
    jobs = [studio.accept(text, seed=seed, size=size).job for seed, text in enumerate(PROMPTS)]
    return [Image.open(io.BytesIO(studio.draw(job).data)).convert("RGB") for job in jobs]


def picture_like(picture: Image.Image, size: int, *, grain: float = GRAIN, seed: int = 0) -> Array:
    """The picture at (size, size, 3), with normal noise of `grain` codes: enlarging alone is too smooth."""
    enlarged = np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS), np.float32)
    noise = np.random.default_rng(seed).standard_normal(enlarged.shape, np.float32)
    return np.rint(enlarged + np.float32(grain) * noise).clip(0, 255).astype(np.uint8)
