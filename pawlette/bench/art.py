"""`pawlette bench art`: draws the benchmark's pictures or takes those that lie there, scores them, writes it down.

Knows which judges and which reference ship with Pawlette; measures nothing itself.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch

from pawlette.bench.art_drawing import draw, read_object, read_settings
from pawlette.bench.art_prompts import Wish, quick, wishes
from pawlette.bench.art_report import as_markdown, missed_files, sheet
from pawlette.bench.art_scores import Jury, open_drawn, score
from pawlette.bench.judge import Reader, shipped
from pawlette.bench.likeness import Describer, Known
from pawlette.bench.slots import ANIMALS
from pawlette.errors import UnknownAnimal
from pawlette.files import check_folder, write_whole
from pawlette.studio import Studio, version

Say = Callable[[str], object]


DESCRIPTIONS = "art_reference.safetensors"
"""Descriptions of training pictures; the scores of the generator's own pictures lie beside it, as .json."""


def shipped_reference() -> Path:
    return Path(str(resources.files("pawlette.bench") / DESCRIPTIONS))


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Which pictures, and where everything goes."""

    out: Path
    pictures: Path | None = None  # already drawn: nothing is drawn anew
    steps: int | None = None
    seeds: int = 5
    animals: tuple[str, ...] = ()
    quick: bool = False
    reference: Path | None = None

    def wishes(self, studio: Studio) -> list[Wish]:
        """Raises UnknownAnimal for an animal that is none of the sixty."""
        known = tuple(a for a in ANIMALS if studio.family.species is None or a in studio.family.species)
        for animal in self.animals:
            if animal not in known:
                raise UnknownAnimal(
                    animal, (), message=f"no {animal!r} is scored; these are: {', '.join(known)}"
                )
        listed = wishes(animals=self.animals or known, seeds=self.seeds)
        return quick(listed) if self.quick else listed


def shipped_jury(reference: Path | None = None) -> Jury:
    """The judges and the descriptions that come with Pawlette, or descriptions of other training pictures."""
    known = Known.load(reference or shipped_reference())
    return Jury(Reader.load(shipped("taught")), Reader.load(shipped("stranger")), Describer(), known)


def run(benchmark: Benchmark, studio: Studio, jury: Jury, say: Say) -> dict[str, Any]:
    """Draw, score, and leave art.json, art.md and art.png in the folder; gives the report."""
    check_folder(benchmark.out)
    figures = _figures_of(benchmark.reference or shipped_reference())
    listed = benchmark.wishes(studio)
    folder = benchmark.pictures or benchmark.out / "pictures"
    if benchmark.pictures is None:
        for done, path in enumerate(draw(studio, listed, folder, steps=benchmark.steps), 1):
            if done % 20 == 0 or done == len(listed):
                say(f"{done} of {len(listed)} drawn: {path}")
    drawn = open_drawn(folder, listed)
    say(f"scoring {len(drawn)} pictures")
    report = {"settings": _settings(benchmark, listed, folder), **score(drawn, jury)}
    text = as_markdown(report, figures)
    buffer = io.BytesIO()
    sheet(drawn, missed_files(report)).save(buffer, "png")
    _write(
        benchmark.out,
        {"art.json": _as_json(report), "art.md": f"{text}\n".encode(), "art.png": buffer.getvalue()},
    )
    say(text)
    return report


def _figures_of(reference: Path) -> dict[str, Any] | None:
    """The scores of the generator's pictures against the same reference, where they were kept."""
    return read_object(reference.with_suffix(".json"))


def _write(out: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        write_whole(out / name, data)


def _as_json(report: dict[str, Any]) -> bytes:
    return (json.dumps(report, indent=1) + "\n").encode()


def _settings(benchmark: Benchmark, listed: Sequence[Wish], folder: Path) -> dict[str, Any]:
    """All that the figures depend on; of pictures drawn elsewhere, what their folder says."""
    return {
        "drawn with": read_settings(folder),
        "scored with": {"pawlette": version(), "torch": torch.__version__, "judges": _hashes()},
        "seeds of each animal": benchmark.seeds,
        "quick": benchmark.quick,
        "prompts": {wish.text: wish.seed for wish in reversed(listed)},  # the first seed of each
    }


def _hashes() -> dict[str, str]:
    files = (shipped("taught"), shipped("stranger"))
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in files if path.is_file()}
