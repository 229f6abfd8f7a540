"""Makes the recogniser that scores the built-in model, measures it, draws the benchmark and scores that.

    python runs/scorer.py OUT [--packages FOLDER] [--report docs/benchmarks/recognition.json] [--left-out]

OUT gets head.safetensors and tuned.safetensors (the recogniser), scorer.json (every figure of it), what the
networks read in the pictures (so that a second run is quick), the model's and the generator's pictures, report.md
and sheets to look at. Families under CC-BY are only ever measured on; the built-in model's own art is never learnt
from. --packages holds the npm packages' .tgz files; those missing are fetched with `npm pack`. --left-out repeats
the measurement that chose the recogniser: each maker's art left out in turn.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pawlette.bench import benchmark_pictures as benchmark
from pawlette.bench.backdrops import part, place, plain
from pawlette.bench.benchmark_pictures import ANIMALS
from pawlette.bench.emoji_art import FAMILIES, NAMES, Art, read_family
from pawlette.bench.recognise import VIEWS, Features, Head, Recogniser, agreed, train_head
from pawlette.bench.recognition_card import UNSEEN, as_report, published
from pawlette.bench.recognition_report import (
    Confusion,
    accuracy,
    confusion,
    per_animal,
    score_folder,
)
from pawlette.bench.teaching import SHARE, Lesson, Seen, choose, read_or_load
from pawlette.bench.tuned import Lower, Tuned, TunedReader, tune
from pawlette.studio import Studio
from pawlette.train.art.compose import draw_scene
from pawlette.words import Creature, Scene

DRAWN_ANIMALS = tuple(NAMES)[:32]  # the animals whose drawings were read when the figures were published
LEFT_OUT = (("fluent",), ("noto", "noto-v1"))  # one maker's art at a time


def draw_with_generator(folder: Path) -> Iterator[Path]:
    """The same animals and seeds by the generator itself: what the model could at best have learnt."""
    for animal in ANIMALS:
        for seed in benchmark.seeds(animal):
            path = folder / animal / f"{seed}.png"
            if path.is_file():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = draw_scene(Scene((Creature(animal),)), seed)
            picture.convert("RGB").save(path)
            yield path


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    art = gather(options.packages or options.out / "packages")
    lessons = _lessons(options)
    save_sheets(art, lessons[1], options.out)
    shown = read_lessons(art, lessons, options.out)
    readers = shown["taught"].teach(options.out / "tuned.safetensors")
    figures: dict[str, Any] = {
        "drawings": {f.name: sum(a.family is f and a.animal in ANIMALS for a in art) for f in FAMILIES},
        "training_pictures": {k: len(getattr(shown["taught"], k).labels) for k in ("features", "maps")},
        "in_family": {n: readers.measure(m) for n, m in shown.items() if m.school in SHARE and n != "taught"},
        "never_seen": {n: readers.measure(m) for n, m in shown.items() if m.school not in SHARE},
    }
    if options.left_out:
        figures["maker_left_out"] = leave_one_maker_out(shown)
    _write_json(options.out / "scorer.json", figures)
    own = {"family": UNSEEN, **figures["never_seen"][UNSEEN]["together"]}
    own["per_animal"] = per_animal(readers.table(shown[UNSEEN]))
    head = replace(readers.head, own=own)
    head.save(options.out / "head.safetensors")
    scores = score_benchmark(options.out, Recogniser(head, Features(), TunedReader(readers.tuned)))
    _write_json(options.report or options.out / "recognition.json", published(figures, scores))
    (options.out / "report.md").write_text(as_report(figures, scores), encoding="utf-8")
    print((options.out / "report.md").read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, help="folder of .tgz files of the npm packages")
    parser.add_argument("--pictures", type=int, default=4000, help="pictures to make for the linear head")
    parser.add_argument("--maps", type=int, default=3000, help="pictures to make for the tuned reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=Path, help="where the published figures go")
    parser.add_argument("--left-out", action="store_true", help="measure with each maker's art left out")
    return parser.parse_args()


def _write_json(path: Path, what: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")


# ---- art ----


def gather(packages: Path) -> list[Art]:
    """Every family's animals; packages that are not in the folder are fetched by name."""
    packages.mkdir(parents=True, exist_ok=True)
    return [
        art
        for family in FAMILIES
        for package in family.packages
        for art in read_family(family, _unpacked(package, packages), frames=4)
        if art.animal in DRAWN_ANIMALS
    ]


def _unpacked(package: str, packages: Path) -> Path:
    stem = package.removeprefix("@").replace("/", "-").replace("@", "-")
    archive, folder = packages / f"{stem}.tgz", packages / stem
    if not folder.is_dir():
        if not archive.is_file():
            subprocess.run(["npm", "pack", "--silent", package], cwd=packages, check=True)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return folder / "package"


def save_sheets(art: Sequence[Art], lesson: Lesson, out: Path) -> None:
    """What the recogniser learns from, and what it is measured on, to look at."""
    rng = random.Random(lesson.seed)
    taught = choose(art, replace(lesson, pictures=96), rng)
    _sheet([lesson.show(a, rng) for a in taught]).save(out / "taught.png")
    _sheet([plain(a.picture) for a in art if a.family.name == UNSEEN]).save(out / "unseen.png")


def _sheet(pictures: Sequence[Image.Image], *, across: int = 12, side: int = 128) -> Image.Image:
    sheet = Image.new("RGB", (across * side, -(-len(pictures) // across) * side), "white")
    for index, picture in enumerate(pictures):
        sheet.paste(picture.resize((side, side)), (index % across * side, index // across * side))
    return sheet


# ---- lessons ----


@dataclass(frozen=True, slots=True)
class Shown:
    """The same drawings as both networks read them."""

    features: Seen
    maps: Seen

    @property
    def school(self) -> str:
        return self.maps.schools[0]

    def without(self, schools: Sequence[str]) -> Shown:
        return Shown(
            *(seen.where(lambda _, school: school not in schools) for seen in (self.features, self.maps))
        )

    def teach(self, kept: Path | None = None) -> Readers:
        """Both readers; the tuned one is taken from `kept` where an earlier run left it there."""
        head = train_head(self.features.values[:, 0], self.features.labels, animals=ANIMALS)
        if kept is not None and kept.is_file():
            return Readers(head, Tuned.load(kept))
        tuned = tune(self.maps.values[:, 0], self.maps.labels, animals=ANIMALS)
        if kept is not None:
            tuned.save(kept)
        return Readers(head, tuned)


def _lessons(options: argparse.Namespace) -> tuple[Lesson, Lesson]:
    """For the linear head, over every animal that the families draw, and for the tuned reader."""
    return (
        Lesson(DRAWN_ANIMALS, options.pictures, options.seed),
        Lesson(
            ANIMALS,
            options.maps,
            options.seed,
            lambda art, rng: part(place(art.picture, rng, face=art.is_face), rng),
        ),
    )


def read_lessons(art: Sequence[Art], lessons: tuple[Lesson, Lesson], out: Path) -> dict[str, Shown]:
    features = read_or_load(art, lessons[0], Features, out / "features.safetensors")
    maps = read_or_load(art, lessons[1], Lower, out / "maps.safetensors")
    return {
        name: Shown(seen.where(lambda animal, _: animal in ANIMALS), maps[name])
        for name, seen in features.items()
    }


# ---- figures ----


@dataclass(frozen=True, slots=True)
class Readers:
    """The linear head and the tuned reader, asked one by one or together."""

    head: Head
    tuned: Tuned

    def chances(self, shown: Shown) -> dict[str, Tensor]:
        """Who is asked -> (drawings, pictures of each, animals)"""
        features = shown.features.values.float()
        maps = shown.maps.values
        linear = self.head.probabilities(features).unflatten(1, (-1, VIEWS)).mean(2)
        tuned = self.tuned.probabilities(maps.flatten(0, 1)).view(*maps.shape[:2], -1)
        tuned = tuned.unflatten(1, (-1, VIEWS)).mean(2)
        return {"linear": linear, "tuned": tuned, "together": agreed(linear, tuned)}

    def table(self, shown: Shown) -> Confusion:
        """Together, on the drawings as their artist drew them."""
        return _confusion(shown.maps.labels, self.chances(shown)["together"][:, :1])

    def measure(self, shown: Shown) -> dict[str, dict[str, float]]:
        """Accuracy (mean over animals) on drawings as they are, and on the same in made-up scenes."""
        labels = shown.maps.labels
        return {
            who: {
                "drawings": len(labels),
                "animals": len(set(labels)),
                "accuracy": accuracy(_confusion(labels, chances[:, :1])),
                "accuracy_in_scenes": accuracy(_confusion(labels, chances[:, 1:])),
            }
            for who, chances in self.chances(shown).items()
        }


def _confusion(labels: Sequence[str], chances: Tensor) -> Confusion:
    asked = [label for label in labels for _ in range(chances.shape[1])]
    return confusion(asked, [ANIMALS[index] for index in chances.flatten(0, 1).argmax(1).tolist()])


def leave_one_maker_out(shown: dict[str, Shown]) -> dict[str, Any]:
    """For each maker whose art teaches: readers taught by the other, measured on this one's families."""
    figures = {}
    for schools in LEFT_OUT:
        readers = shown["taught"].without(schools).teach()
        for name, family in shown.items():
            if name != "taught" and family.school in schools:
                figures[name] = readers.measure(family)
    return figures


def score_benchmark(out: Path, recogniser: Recogniser) -> dict[str, Any]:
    """The model's pictures and the generator's, drawn where they are missing, and what was seen in them."""
    for path in benchmark.draw_with_model(Studio(), out / "model"):
        print(path, flush=True)
    for path in draw_with_generator(out / "generator"):
        print(path, flush=True)
    return {who: score_folder(out / who, recogniser) for who in ("model", "generator")}


if __name__ == "__main__":
    main()
