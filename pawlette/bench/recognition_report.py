"""Counts how often a recogniser names the animal that was asked for, and writes it as a table.

Knows folders, names and counts; knows nothing of features, training or models.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from pawlette.errors import BadPicture, UnknownAnimal

UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)  # what Pillow raises at damage
SUFFIXES = frozenset({".png", ".webp", ".jpg", ".jpeg"})
Confusion = dict[str, Counter[str]]  # asked for -> what was seen, how often


class Namer(Protocol):
    """What a report needs of a recogniser."""

    @property
    def animals(self) -> tuple[str, ...]: ...
    @property
    def own(self) -> dict[str, Any]: ...
    def name(self, pictures: Sequence[Image.Image]) -> list[str]: ...


def confusion(asked: Sequence[str], seen: Sequence[str]) -> Confusion:
    """For each animal that was asked for, how often each animal was seen."""
    table: Confusion = {}
    for wanted, got in zip(asked, seen, strict=True):
        table.setdefault(wanted, Counter())[got] += 1
    return table


def accuracy(table: Confusion) -> float:
    """The mean over animals, so that an animal with many pictures counts no more than another."""
    return sum(per_animal(table).values()) / len(table)


def per_animal(table: Confusion) -> dict[str, float]:
    return {animal: seen[animal] / seen.total() for animal, seen in table.items()}


def as_markdown(table: Confusion) -> str:
    """The confusion table: a row for each animal, with every wrong answer and its count."""
    lines = ["| asked for | recognised | taken for |", "|---|---|---|"]
    for animal, seen in table.items():
        wrong = ", ".join(f"{other} {count}" for other, count in seen.most_common() if other != animal)
        lines.append(f"| {animal} | {seen[animal]}/{seen.total()} | {wrong or '-'} |")
    return "\n".join(lines)


def score_folder(folder: str | Path, recogniser: Namer) -> dict[str, Any]:
    """Score a folder of pictures, sorted into a subfolder for each animal or named as `panda-03.png`.

    `ratio` is the accuracy divided by the recogniser's own on the same animals in art that it never saw.
    Raises UnknownAnimal for a name that is no class, BadPicture where there is nothing to score.
    """
    files = labelled_files(Path(folder), recogniser.animals)
    seen: list[str] = []
    for start in range(0, len(files), 16):
        seen += recogniser.name([opened(path) for _, path in files[start : start + 16]])
    return report([animal for animal, _ in files], seen, own=recogniser.own)


def report(asked: Sequence[str], seen: Sequence[str], *, own: dict[str, Any]) -> dict[str, Any]:
    """Accuracy, its ratio to the recogniser's `own`, and the confusion table; all of it fits in JSON."""
    table = confusion(asked, seen)
    found = accuracy(table)
    result: dict[str, Any] = {
        "pictures": len(asked),
        "animals": len(table),
        "accuracy": found,
        "per_animal": per_animal(table),
        "confusion": {animal: dict(counts) for animal, counts in table.items()},
        "markdown": as_markdown(table),
    }
    known = own.get("per_animal", {})
    if all(animal in known for animal in table):
        expected = sum(known[animal] for animal in table) / len(table)
        result["own"] = {
            "family": own["family"],
            "accuracy": expected,
            "accuracy_all_animals": own["accuracy"],
        }
        result["ratio"] = found / expected if expected else None
    return result


def labelled_files(folder: Path, animals: Sequence[str]) -> list[tuple[str, Path]]:
    """(animal, file) for every picture below the folder, in the order of their names."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not files:
        raise BadPicture(f"{folder} holds no PNG, WebP or JPEG picture to score")
    return [(_animal_of(path, folder, animals), path) for path in files]


def _animal_of(path: Path, root: Path, animals: Sequence[str]) -> str:
    """The first folder below the root names the animal; a file straight in the root is named after it."""
    first = path.relative_to(root).parts[0]
    label = Path(first).stem if path.parent == root else first
    name = re.sub(r"[\s_-]*\d[\d\s_-]*$", "", label.lower()).replace("_", " ").strip()
    if name not in animals:
        near = tuple(difflib.get_close_matches(name, animals, n=3, cutoff=0.5))
        hint = f"; near it: {', '.join(near)}" if near else ""
        known = ", ".join(animals)
        raise UnknownAnimal(
            name, near, message=f"{path}: the recogniser knows no {name!r}{hint}. It knows {known}"
        )
    return name


def opened(path: Path) -> Image.Image:
    """The picture, read to its end; raises BadPicture naming the file."""
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture.copy()
    except UNREADABLE as error:
        raise BadPicture(f"{path} cannot be read as a picture: {error}") from error
