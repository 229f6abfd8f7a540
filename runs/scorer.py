"""Makes the recogniser that scores the built-in model: fetches emoji art, trains a head, measures it.

    python runs/scorer.py OUT [--packages FOLDER] [--pictures 4000] [--score FOLDER]

OUT gets head.safetensors, scorer.json (every figure), features.safetensors (so that a second run is quick)
and two sheets to look at. Families under CC-BY are only ever measured on; the built-in model's own art is
never read. --packages holds the npm packages' .tgz files; those missing are fetched with `npm pack`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from pawlette.bench.backdrops import place, plain
from pawlette.bench.emoji_art import ANIMALS, FAMILIES, Art, read_family
from pawlette.bench.recognise import VIEWS, Features, Head, Recogniser, train_head, views
from pawlette.bench.recognition_report import (
    Confusion,
    accuracy,
    as_markdown,
    confusion,
    per_animal,
    score_folder,
)

UNSEEN = "twemoji"  # the family whose figure stands for the recogniser's own accuracy
SHARE = {"fluent": 0.45, "noto": 0.3, "noto-v1": 0.25}  # of each animal's training pictures, by school
SCENES = 1  # pictures with a made-up scene for each drawing that is measured on


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    art = gather(options.packages or options.out / "packages")
    save_sheets(art, options.out, options.seed)
    seen, measured = cached_features(art, options)
    head = train_head(seen.features[:, 0], seen.labels, animals=ANIMALS)
    figures = {
        "art": {f.name: sum(a.family is f for a in art) for f in FAMILIES},
        "training_pictures": len(seen.labels),
        "in_family": {
            f.name: measure(head, measured[f.name]) for f in FAMILIES if f.name in measured and f.for_training
        },
        "school_left_out": leave_one_school_out(seen, measured),
        "never_seen": {f.name: measure(head, measured[f.name]) for f in FAMILIES if not f.for_training},
    }
    head = replace(head, own=own_accuracy(head, measured[UNSEEN]))
    head.save(options.out / "head.safetensors")
    (options.out / "scorer.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    print(as_markdown(_table(head, measured[UNSEEN])))
    print(json.dumps(figures))
    if options.score:
        result = score_folder(options.score, Recogniser.load(options.out / "head.safetensors"))
        print(result.pop("markdown"))
        print(json.dumps(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, help="folder of .tgz files of the npm packages")
    parser.add_argument("--pictures", type=int, default=4000, help="training pictures to make")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--score", type=Path, help="a folder of pictures to score afterwards")
    return parser.parse_args()


# ---- art ----


def gather(packages: Path) -> list[Art]:
    """Every family's animals; packages that are not in the folder are fetched by name."""
    packages.mkdir(parents=True, exist_ok=True)
    return [
        art
        for family in FAMILIES
        for package in family.packages
        for art in read_family(family, _unpacked(package, packages), frames=4)
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


def choose(art: Sequence[Art], count: int, rng: random.Random) -> list[Art]:
    """As many of each animal, the schools by their share, the families of a school alike."""
    shelves: dict[str, dict[str, dict[str, list[Art]]]] = {}
    for item in art:
        by_family = shelves.setdefault(item.animal, {}).setdefault(item.family.school, {})
        by_family.setdefault(item.family.name, []).append(item)
    chosen = []
    for index in range(count):
        schools = shelves[ANIMALS[index % len(ANIMALS)]]
        school = rng.choices(list(schools), [SHARE[name] for name in schools])[0]
        chosen.append(rng.choice(rng.choice(list(schools[school].values()))))
    return chosen


def save_sheets(art: Sequence[Art], out: Path, seed: int) -> None:
    """What the head learns from, and what it is measured on, to look at."""
    rng = random.Random(seed)
    taught = choose([a for a in art if a.family.for_training], 96, rng)
    _sheet([place(a.picture, rng, face=a.is_face) for a in taught]).save(out / "taught.png")
    _sheet([plain(a.picture) for a in art if a.family.name == UNSEEN]).save(out / "unseen.png")


def _sheet(pictures: Sequence[Image.Image], *, across: int = 12, side: int = 128) -> Image.Image:
    sheet = Image.new("RGB", (across * side, -(-len(pictures) // across) * side), "white")
    for index, picture in enumerate(pictures):
        sheet.paste(picture.resize((side, side)), (index % across * side, index // across * side))
    return sheet


# ---- features ----


@dataclass(frozen=True, slots=True)
class Seen:
    """Features of pictures with what they show."""

    features: Tensor  # (drawings, pictures and views of each, width) float16
    labels: list[str]
    schools: list[str]


def cached_features(art: Sequence[Art], options: argparse.Namespace) -> tuple[Seen, dict[str, Seen]]:
    """Training pictures ("taught"), and for each family its drawings on white and in scenes.

    Read from disk where an earlier run with the same numbers left them.
    """
    path = options.out / "features.safetensors"
    made_with = json.dumps({"pictures": options.pictures, "seed": options.seed, "scenes": SCENES})
    seen = _load(path, made_with) or _read_all(art, options)
    _save(seen, path, made_with)
    return seen.pop("taught"), seen


def _read_all(art: Sequence[Art], options: argparse.Namespace) -> dict[str, Seen]:
    read = Features()
    rng, scenes = random.Random(options.seed), random.Random(options.seed + 1)
    taught = choose([a for a in art if a.family.for_training], options.pictures, rng)
    seen = {"taught": _seen(taught, lambda a: [place(a.picture, rng, face=a.is_face)], read)}
    for family in FAMILIES:
        if family.name != "fluent-anim":  # its frames repeat fluent-3d
            drawings = [a for a in art if a.family is family]
            seen[family.name] = _seen(drawings, lambda a: _measured(a, scenes), read)
    return seen


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
    save_file({name: one.features for name, one in seen.items()}, str(path), {**said, "made_with": made_with})


def _seen(art: Sequence[Art], pictures: Callable[[Art], list[Image.Image]], read: Features) -> Seen:
    started, parts = time.monotonic(), []
    for start in range(0, len(art), 64):
        some = [picture for item in art[start : start + 64] for picture in pictures(item)]
        parts.append(read(some).half())
        print(f"{start + 64:6d} of {len(art)} read, {time.monotonic() - started:.0f} s", flush=True)
    features = torch.cat(parts).view(len(art), -1, parts[0].shape[1])
    return Seen(features, [a.animal for a in art], [a.family.school for a in art])


def _measured(item: Art, rng: random.Random) -> list[Image.Image]:
    """The drawing as it is on white, then in scenes with no body added: every view of each."""
    shown = [plain(item.picture), *(place(item.picture, rng) for _ in range(SCENES))]
    return [view for picture in shown for view in views(picture)]


# ---- figures ----


def _names(head: Head, features: Tensor) -> list[str]:
    """The animal seen in each picture; features: (pictures, VIEWS, width)."""
    chances = head.probabilities(features.float()).mean(1)
    return [head.animals[index] for index in chances.argmax(1).tolist()]


def _table(head: Head, seen: Seen) -> Confusion:
    """On the drawings as their artist drew them."""
    return confusion(seen.labels, _names(head, seen.features.unflatten(1, (-1, VIEWS))[:, 0]))


def measure(head: Head, seen: Seen) -> dict[str, float]:
    """Accuracy (mean over animals) on drawings as they are, and on the same in made-up scenes."""
    pictures = seen.features.unflatten(1, (-1, VIEWS))
    in_scenes = pictures[:, 1:].flatten(0, 1)
    labels = [label for label in seen.labels for _ in range(SCENES)]
    return {
        "drawings": len(seen.labels),
        "animals": len(set(seen.labels)),
        "accuracy": accuracy(_table(head, seen)),
        "accuracy_in_scenes": accuracy(confusion(labels, _names(head, in_scenes))),
    }


def leave_one_school_out(seen: Seen, measured: dict[str, Seen]) -> dict[str, dict[str, float]]:
    """For each school that teaches: a head taught by the others, measured on this one's families."""
    figures = {}
    for school in SHARE:
        rows = [index for index, taught_by in enumerate(seen.schools) if taught_by != school]
        labels = [seen.labels[index] for index in rows]
        head = train_head(seen.features[rows, 0], labels, animals=ANIMALS)
        for name, family in measured.items():
            if family.schools[0] == school:
                figures[name] = measure(head, family)
    return figures


def own_accuracy(head: Head, unseen: Seen) -> dict[str, Any]:
    """What the head's file says of itself."""
    return {"family": UNSEEN, **measure(head, unseen), "per_animal": per_animal(_table(head, unseen))}


if __name__ == "__main__":
    main()
