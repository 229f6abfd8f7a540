"""Scores a folder of pictures that were drawn for the benchmark's prompts: everything that `bench art` says of them.

The same function scores a model's pictures and the generator's, which are the reference. Knows no model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Protocol

import numpy as np
from PIL import Image
from torch import Tensor

from pawlette.bench.art_prompts import FIVE, Wish
from pawlette.bench.art_statistics import alpha_quality, colours, edges
from pawlette.bench.judge import Verdict
from pawlette.bench.likeness import Known, mean_pairwise, nearest
from pawlette.bench.recognition_report import accuracy, confusion, opened, per_animal
from pawlette.bench.slots import kinds_of, labels_of, named
from pawlette.errors import BadPicture
from pawlette.words import read

SCORED = (
    "kinds",
    "count",
    "colour",
    "place",
    "action",
    "mood",
    "worn",
    "worn colour",
    "held",
    "held colour",
    "weather",
)
SIDE = 256
Report = dict[str, Any]


class Reading(Protocol):
    """What the scores need of a judge."""

    @property
    def animals(self) -> tuple[str, ...]: ...
    @property
    def own(self) -> dict[str, Any]: ...
    def read(self, pictures: Sequence[Image.Image]) -> list[Verdict]: ...


class Describing(Protocol):
    """Pictures to descriptions whose distances mean something."""

    def __call__(self, pictures: Sequence[Image.Image]) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Jury:
    """Everyone who is asked."""

    taught: Reading  # has learnt from the generator's pictures: reads every slot
    stranger: Reading  # has never seen our art: names animals
    describe: Describing
    known: Known  # training pictures, as `describe` describes them


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture of the benchmark, as it lies on disk."""

    wish: Wish
    picture: Image.Image  # RGBA


def open_drawn(folder: Path, wishes: Iterable[Wish]) -> list[Drawn]:
    """Those of the pictures that are there, in the wishes' order; raises BadPicture where there is none."""
    there = [wish for wish in wishes if (folder / wish.file).is_file()]
    drawn = [Drawn(wish, opened(folder / wish.file).convert("RGBA")) for wish in there]
    if not any(one.wish.kind == "animals" for one in drawn):
        raise BadPicture(
            f"{folder} holds no picture of the benchmark, such as animals/38-a-cute-panda-3800.png"
        )
    return drawn


def score(drawn: Sequence[Drawn], jury: Jury) -> Report:
    """All figures; everything in it fits in JSON."""
    animals = [one for one in drawn if one.wish.kind == "animals"]
    taught = jury.taught.read([one.picture for one in drawn])
    by_kind = {kind: [pair for pair in zip(drawn, taught, strict=True) if pair[0].wish.kind == kind]
               for kind in ("animals", "slots", "unseen", "transparent")}  # fmt: skip
    report: Report = {
        "pictures": dict(Counter(one.wish.kind for one in drawn)),
        "recognition": {
            "taught": recognition(
                animals, [verdict.says("animal") for _, verdict in by_kind["animals"]], jury.taught
            ),
            "stranger": _by_stranger(animals, jury.stranger),
        },
        "slots": agreement([*by_kind["animals"], *by_kind["slots"]], jury.taught.own),
        "unseen combinations": agreement(by_kind["unseen"], jury.taught.own),
        "statistics": _statistics(animals),
        "alpha": _alpha(by_kind["transparent"]),
    }
    descriptions = jury.describe([one.picture for one in animals])
    report["diversity"] = _diversity(animals, descriptions)
    report["nearest training picture"] = _nearest(animals, descriptions, jury.known)
    return report


# ---- recognition ----


def recognition(drawn: Sequence[Drawn], seen: Sequence[str], judge: Reading) -> Report:
    """Accuracy per animal, and beside it the judge's own, on an art family that it never saw and on the generator."""
    asked = [str(one.wish.animal) for one in drawn]
    table = confusion(asked, seen)
    shares = per_animal(table)
    result: Report = {
        "pictures": len(asked),
        "animals": len(table),
        "accuracy": accuracy(table),
        "per_animal": shares,
        "confusion": {animal: dict(counts) for animal, counts in table.items()},
        "taken for another": [
            f"{one.wish.file}: {animal}"
            for one, animal in zip(drawn, seen, strict=True)
            if animal != one.wish.animal
        ],
    }
    if five := [shares[animal] for animal in FIVE if animal in shares]:
        result["the five"] = fmean(five)
    held_out = judge.own["families"][judge.own["held_out"]]
    result["own"] = {
        judge.own["held_out"]: _ratio(shares, held_out),
        "generator": _ratio(shares, judge.own["generator"]),
    }
    return result


def _ratio(shares: Mapping[str, float], own: Mapping[str, Any]) -> Report | None:
    """The judge's own accuracy on the animals that both have, and how much of it the pictures reach."""
    both = [animal for animal in shares if animal in own["per_animal"]]
    if not both:
        return None
    expected, found = (fmean(table[animal] for animal in both) for table in (own["per_animal"], shares))
    return {"animals": len(both), "accuracy": expected, "ratio": found / expected if expected else None}


def _by_stranger(drawn: Sequence[Drawn], judge: Reading) -> Report | None:
    """Only the animals that it knows."""
    some = [one for one in drawn if one.wish.animal in judge.animals]
    if not some:
        return None
    return recognition(
        some, [verdict.says("animal") for verdict in judge.read([one.picture for one in some])], judge
    )


# ---- agreement with the prompt ----


def agreement(read_ones: Sequence[tuple[Drawn, Verdict]], own: Mapping[str, Any]) -> Report:
    """Slot -> how often the judge sees what the prompt names, and its own accuracy on held-out generator pictures.

    The count is always scored, also of one animal; any other slot only where the prompt names it. "kinds" is
    whether both animals of a prompt with two are the two that are seen most surely.
    """
    answers: dict[str, list[tuple[str, str, str]]] = {}
    for one, verdict in read_ones:
        scene = read(one.wish.text)
        if len(scene.creatures) == 2:
            answers.setdefault("kinds", []).append((kinds_of(scene), verdict.kinds(), str(one.wish.file)))
        for slot, wanted in labels_of(scene).items():
            if slot in SCORED and (slot == "count" or named(slot, wanted)):
                answers.setdefault(slot, []).append((wanted, verdict.says(slot), str(one.wish.file)))
    return {slot: _agreed(slot, answers[slot], own) for slot in SCORED if slot in answers}


def _agreed(slot: str, answers: Sequence[tuple[str, str, str]], own: Mapping[str, Any]) -> Report:
    right: dict[str, list[bool]] = {}
    for wanted, seen, _ in answers:
        right.setdefault(wanted, []).append(wanted == seen)
    shares = {wanted: fmean(hits) for wanted, hits in sorted(right.items())}
    of_own = own["generator"]["slots"].get(slot, {})
    return {
        "pictures": len(answers),
        "accuracy": fmean(shares.values()) if slot == "count" else fmean(w == s for w, s, _ in answers),
        "own": of_own.get("accuracy_each" if slot == "count" else "accuracy_named"),
        "per_value": shares,
        "missed": [f"{file}: {seen}" for wanted, seen, file in answers if wanted != seen],
    }


# ---- pictures themselves ----


def _statistics(drawn: Sequence[Drawn]) -> Report:
    pixels = [np.asarray(_small(one.picture).convert("RGB")) for one in drawn]
    return _means([{**colours(rgb), **edges(rgb)} for rgb in pixels])


def _alpha(pairs: Sequence[tuple[Drawn, Verdict]]) -> Report | None:
    figures = [alpha_quality(np.asarray(_small(one.picture).getchannel("A"))) for one, _ in pairs]
    return {"pictures": len(figures), **_means(figures)} if figures else None


def _small(picture: Image.Image) -> Image.Image:
    """At most SIDE pixels to a side: the slope of an edge depends on the size at which it is looked at."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return small


def _means(rows: Sequence[Mapping[str, float]]) -> Report:
    return {name: fmean(row[name] for row in rows) for name in rows[0]}


def _diversity(drawn: Sequence[Drawn], descriptions: Tensor) -> Report | None:
    """The mean distance between the pictures of one prompt."""
    rows: dict[str, list[int]] = {}
    for row, one in enumerate(drawn):
        rows.setdefault(str(one.wish.animal), []).append(row)
    each = {animal: mean_pairwise(descriptions[some]) for animal, some in rows.items() if len(some) > 1}
    return {"distance": fmean(each.values()), "per_animal": each} if each else None


def _nearest(drawn: Sequence[Drawn], descriptions: Tensor, known: Known) -> Report:
    """How far each picture is from the nearest training picture, and from the nearest that was never trained on.

    Without copying the two are alike, and half of the pictures are nearer to the one, half to the other.
    """
    distances, control = nearest(descriptions, known.training), nearest(descriptions, known.fresh)
    order = distances.argsort()[:5].tolist()
    return {
        "of": len(known.training),
        "distance": distances.mean().item(),
        "distance to untrained": control.mean().item(),
        "closest twentieth": distances.quantile(0.05).item(),
        "closest twentieth to untrained": control.quantile(0.05).item(),
        "nearer to training": (distances < control).float().mean().item(),
        "closest": {str(drawn[row].wish.file): distances[row].item() for row in order},
    }
