"""Emoji art as a small folder that travels: one WebP a drawing and one list of what they show.

Also the scenes that are made of it, in as many processes as asked. Knows no network and imports no torch.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pawlette.bench.backdrops import SIZE, part, place
from pawlette.bench.emoji_art import FAMILIES, Art
from pawlette.errors import BadPicture

LIST = "art.json"
SHARE = {"fluent": 0.45, "noto": 0.3, "noto-v1": 0.25}  # of each animal's scenes, by school
AT_ONCE = 16  # scenes in a parcel
Scenes = tuple["np.ndarray[Any, Any]", list[str]]  # uint8 (scenes, SIZE, SIZE, 3) and the animal in each


def pack(art: Iterable[Art], folder: Path, *, side: int = 224, quality: int = 90) -> int:
    """Write the art; gives how many drawings there are."""
    (folder / "drawings").mkdir(parents=True, exist_ok=True)
    notes = []
    for index, one in enumerate(art):
        name = f"drawings/{index:04d}.webp"
        picture = one.picture.copy()
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        picture.save(folder / name, quality=quality, method=4)
        notes.append({"file": name, "animal": one.animal, "name": one.name, "family": one.family.name})
    (folder / LIST).write_text(json.dumps(notes, indent=0), encoding="utf-8")
    return len(notes)


def unpack(folder: Path) -> list[Art]:
    """The art again; raises BadPicture where the folder is no pack."""
    families = {family.name: family for family in FAMILIES}
    try:
        notes = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return [
            Art(one["animal"], one["name"], families[one["family"]], _opened(folder / one["file"]))
            for one in notes
        ]
    except (OSError, ValueError, KeyError) as error:
        raise BadPicture(f"{folder} is not a pack of emoji art: {error}") from error


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA")


def for_teaching(art: Iterable[Art]) -> list[Art]:
    """Without the families that may only be measured on."""
    return [one for one in art if one.family.for_training]


class Shelves:
    """Drawings by animal, school and family, from which scenes are made: animals alike, schools by their share."""

    def __init__(self, art: Sequence[Art]) -> None:
        self.by_animal: dict[str, dict[str, dict[str, list[Art]]]] = {}
        for one in for_teaching(art):
            schools = self.by_animal.setdefault(one.animal, {})
            schools.setdefault(one.family.school, {}).setdefault(one.family.name, []).append(one)

    @property
    def animals(self) -> tuple[str, ...]:
        return tuple(sorted(self.by_animal))

    def scene(self, rng: random.Random) -> tuple[Image.Image, str]:
        """One picture (RGB, SIZE square) and the animal in it."""
        animal = rng.choice(self.animals)
        schools = self.by_animal[animal]
        school = rng.choices(list(schools), [SHARE[name] for name in schools])[0]
        art = rng.choice(rng.choice(list(schools[school].values())))
        picture = part(place(art.picture, rng, face=art.is_face), rng)
        return picture.resize((SIZE, SIZE), Image.Resampling.BILINEAR), animal

    def scenes(self, count: int, rng: random.Random) -> Scenes:
        made = [self.scene(rng) for _ in range(count)]
        return np.stack([np.asarray(picture) for picture, _ in made]), [animal for _, animal in made]


@contextmanager
def scene_makers(folder: Path, *, workers: int, seed: int) -> Iterator[multiprocessing.Queue[Scenes]]:
    """Processes that fill a queue with parcels of scenes until the block ends."""
    context = multiprocessing.get_context("spawn")
    parcels: multiprocessing.Queue[Scenes] = context.Queue(maxsize=4 * workers)
    makers = [
        context.Process(target=_make_scenes, args=(folder, f"{seed} {worker}", parcels), daemon=True)
        for worker in range(workers)
    ]
    for maker in makers:
        maker.start()
    try:
        yield parcels
    finally:
        for maker in makers:
            maker.terminate()
        for maker in makers:
            maker.join()


def _make_scenes(folder: Path, seed: str, parcels: multiprocessing.Queue[Scenes]) -> None:
    shelves, rng = Shelves(unpack(folder)), random.Random(seed)
    while True:
        parcels.put(shelves.scenes(AT_ONCE, rng))


def waiting(parcels: multiprocessing.Queue[Scenes], *, at_most: int) -> Iterator[Scenes]:
    """What the makers have ready now."""
    for _ in range(at_most):
        try:
            yield parcels.get_nowait()
        except queue.Empty:
            return
