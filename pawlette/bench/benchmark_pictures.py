"""Draws the pictures that the recogniser scores: 20 animals fixed beforehand, ten seeds each, none picked out.

Knows the Studio, and no recogniser.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pawlette.engine.deliver import to_image
from pawlette.studio import Studio

ANIMALS: tuple[str, ...] = (
    "panda", "dolphin", "bunny", "elephant", "parrot", "cat", "dog", "bear", "fox", "koala",
    "lion", "tiger", "pig", "mouse", "monkey", "frog", "penguin", "owl", "giraffe", "zebra",
)  # fmt: skip
PICTURES = 10  # of each animal
PROMPT = "a cute {animal}"


def seeds(animal: str) -> range:
    """No seed is shared between animals."""
    first = 1000 * ANIMALS.index(animal)
    return range(first, first + PICTURES)


def draw_with_model(studio: Studio, folder: Path, *, together: int = 5) -> Iterator[Path]:
    """Each animal's pictures as folder/animal/seed.png, in rounds of one seed of each animal.

    Goes through the Studio's gate and prompts, then steps `together` jobs as one batch. Files that are there stay.
    """
    wanted = [
        (folder / animal / f"{seeds(animal)[k]}.png", animal, seeds(animal)[k])
        for k in range(PICTURES)
        for animal in ANIMALS
    ]
    missing = [one for one in wanted if not one[0].is_file()]
    for start in range(0, len(missing), together):
        some = missing[start : start + together]
        yield from _draw_batch(studio, some)


def _draw_batch(studio: Studio, wanted: Sequence[tuple[Path, str, int]]) -> Iterator[Path]:
    jobs = [studio.accept(PROMPT.format(animal=animal), seed=seed).job for _, animal, seed in wanted]
    model = studio.load()
    latents = [model.begin(job, text) for job, text in zip(jobs, model.encode(jobs), strict=True)]
    while not all(row.done for row in latents):
        latents = list(model.step(latents))
    for (path, _, _), pixels in zip(wanted, model.decode(latents), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        to_image(pixels).convert("RGB").save(path)
        yield path
