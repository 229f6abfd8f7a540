"""Makes the pictures that the recogniser learns from and is measured on, and keeps what a network read in them.

Knows the art and how it is put into scenes. Knows no reader's insides: a reader is a callable.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from pawlette.bench.backdrops import place, plain
from pawlette.bench.emoji_art import FAMILIES, Art
from pawlette.bench.recognise import Reader, views

SHARE = {"fluent": 0.45, "noto": 0.3, "noto-v1": 0.25}  # of each animal's training pictures, by school
SCENES = 1  # pictures with a made-up scene for each drawing that is measured on


@dataclass(frozen=True, slots=True)
class Seen:
    """What a network read in pictures, with what they show."""

    values: Tensor  # (drawings, pictures and views of each, ...) float16
    labels: list[str]
    schools: list[str]

    def where(self, keep: Callable[[str, str], bool]) -> Seen:
        """The drawings of which `keep(animal, school)` is true."""
        pairs = zip(self.labels, self.schools, strict=True)
        rows = [index for index, (label, school) in enumerate(pairs) if keep(label, school)]
        return Seen(self.values[rows], [self.labels[i] for i in rows], [self.schools[i] for i in rows])


@dataclass(frozen=True, slots=True)
class Lesson:
    """How many pictures to make of which animals, from which seed, and how a drawing is shown."""

    animals: tuple[str, ...]
    pictures: int
    seed: int
    show: Callable[[Art, random.Random], Image.Image] = lambda art, rng: place(
        art.picture, rng, face=art.is_face
    )

    @property
    def made_with(self) -> str:
        return json.dumps(
            {"animals": self.animals, "pictures": self.pictures, "seed": self.seed, "scenes": SCENES}
        )


def choose(art: Sequence[Art], lesson: Lesson, rng: random.Random) -> list[Art]:
    """As many drawings of each animal, the schools by their share, the families of a school alike."""
    shelves: dict[str, dict[str, dict[str, list[Art]]]] = {}
    for item in art:
        if item.family.for_training and item.animal in lesson.animals:
            by_family = shelves.setdefault(item.animal, {}).setdefault(item.family.school, {})
            by_family.setdefault(item.family.name, []).append(item)
    chosen = []
    for index in range(lesson.pictures):
        schools = shelves[lesson.animals[index % len(lesson.animals)]]
        school = rng.choices(list(schools), [SHARE[name] for name in schools])[0]
        chosen.append(rng.choice(rng.choice(list(schools[school].values()))))
    return chosen


def read_or_load(
    art: Sequence[Art], lesson: Lesson, reader: Callable[[], Reader], path: Path
) -> dict[str, Seen]:
    """The lesson's pictures ("taught"), and for each family its drawings on white and in scenes.

    Read from disk where an earlier run with the same numbers left them.
    """
    seen = _load(path, lesson.made_with)
    if seen is None:
        seen = read_all(art, lesson, reader())
        _save(seen, path, lesson.made_with)
    return seen


def read_all(art: Sequence[Art], lesson: Lesson, read: Reader) -> dict[str, Seen]:
    rng = random.Random(lesson.seed)
    taught = choose(art, lesson, rng)
    return {
        "taught": _seen(taught, lambda a: [lesson.show(a, rng)], read),
        **read_families(art, lesson, read),
    }


def read_families(art: Sequence[Art], lesson: Lesson, read: Reader) -> dict[str, Seen]:
    """Every drawing gets its scene, the lesson's animals are read: two lessons see the same pictures."""
    scenes, seen = random.Random(lesson.seed + 1), {}
    for family in FAMILIES:
        if family.name != "fluent-anim":  # its frames repeat fluent-3d
            shown = [(a, _measured(a, scenes)) for a in art if a.family is family]
            kept = {id(a): pictures for a, pictures in shown if a.animal in lesson.animals}
            drawings = [a for a, _ in shown if id(a) in kept]
            if drawings:
                seen[family.name] = _seen(drawings, lambda a, kept=kept: kept[id(a)], read)  # type: ignore[misc]
    return seen


def _measured(item: Art, rng: random.Random) -> list[Image.Image]:
    """The drawing as it is on white, then in scenes with no body added: every view of each."""
    shown = [plain(item.picture), *(place(item.picture, rng) for _ in range(SCENES))]
    return [view for picture in shown for view in views(picture)]


def _seen(art: Sequence[Art], pictures: Callable[[Art], list[Image.Image]], read: Reader) -> Seen:
    started, parts = time.monotonic(), []
    for start in range(0, len(art), 64):
        some = [picture for item in art[start : start + 64] for picture in pictures(item)]
        parts += [read(some[i : i + 64]).half() for i in range(0, len(some), 64)]
        print(f"{start + 64:6d} of {len(art)} read, {time.monotonic() - started:.0f} s", flush=True)
    values = torch.cat(parts)
    return Seen(
        values.view(len(art), -1, *values.shape[1:]), [a.animal for a in art], [a.family.school for a in art]
    )


def _load(path: Path, made_with: str) -> dict[str, Seen] | None:
    if not path.is_file():
        return None
    with safe_open(str(path), framework="pt") as file:
        said = file.metadata()
        if said["made_with"] != made_with:
            return None
        return {name: Seen(file.get_tensor(name), *json.loads(said[name])) for name in file.keys()}  # noqa: SIM118


def _save(seen: dict[str, Seen], path: Path, made_with: str) -> None:
    said = {name: json.dumps([one.labels, one.schools]) for name, one in seen.items()}
    save_file(
        {name: one.values.contiguous() for name, one in seen.items()},
        str(path),
        {**said, "made_with": made_with},
    )
