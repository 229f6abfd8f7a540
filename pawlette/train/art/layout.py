"""Where the animals of a picture go: inside the frame, side by side, little overlap, feet on the ground.

Knows boxes and scales; not how anything is drawn.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from pawlette.train.art.places import Backdrop
from pawlette.train.art.sky import SIZE
from pawlette.words.scene import Creature, Scene

MARGIN = 7.0  # units that stay free on every side
LITTLE = {"bee": 0.72, "ladybug": 0.7, "butterfly": 0.82, "snail": 0.78, "caterpillar": 0.8, "mouse": 0.82,
          "chick": 0.8, "hamster": 0.85, "frog": 0.85, "crab": 0.85}  # fmt: skip
"""How large each looks beside others; 1.0 where not named."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Actor:
    """One animal with what it wears and holds, in its own units, and the box that all of it fills."""

    creature: Creature
    svg: str
    box: Box
    feet: tuple[float, float, float]  # where it stands: the middle, and how wide its shadow is
    floats: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an actor goes: its own unit's length in the picture, and the shift of its origin."""

    scale: float
    wide: float  # sideways stretch of a round animal
    x: float
    y: float

    def box(self, box: Box) -> Box:
        sx = self.scale * self.wide
        return Box(self.x + box.left * sx, self.y + box.top * self.scale,
                   self.x + box.right * sx, self.y + box.bottom * self.scale)  # fmt: skip


def place(scene: Scene, actors: list[Actor], backdrop: Backdrop, rng: random.Random) -> list[Spot]:
    """A spot for each actor: inside the frame, side by side."""
    if any(actor.floats for actor in actors):
        cells = _air_cells(len(actors), scene, backdrop, rng)
    else:
        cells = _ground_cells(actors, backdrop, rng)
    common = rng.uniform(0.86, 1.0)  # animals of one picture are of one scale
    return [_fit(actor, cell, scene, common, rng) for actor, cell in zip(actors, cells, strict=True)]


def _ground_cells(actors: list[Actor], backdrop: Backdrop, rng: random.Random) -> list[Box]:
    """The room of each animal that stands: a column each; where three are wide, one stands before two."""
    ground, low, high = backdrop.ground, MARGIN, SIZE - MARGIN
    if len(actors) == 1:
        return [Box(low, max(low, ground - rng.uniform(178, 212)), high, ground)]
    top = ground - rng.uniform(126, 150)
    wide = sum(actor.box.width / actor.box.height for actor in actors)
    if len(actors) == 2 and wide > 2.5:  # one behind the other
        front, back = min(ground + 8, SIZE - MARGIN), ground - rng.uniform(34, 44)
        pair = [Box(low, top - 30, 162, back), Box(94, front - 100, high, front)]
        return (
            pair if rng.random() < 0.5 else [Box(94, top - 30, high, back), Box(low, front - 100, 162, front)]
        )
    if len(actors) == 2:
        step = rng.uniform(0, 10)
        middle = _divide(actors, low, high)
        feet = rng.sample((ground, ground - step), 2)
        return [Box(low, top, middle - 1, feet[0]), Box(middle + 1, top, high, feet[1])]
    if wide > 2.7:
        lift = rng.uniform(34, 44)
        back, front = top + 10 - lift, min(ground + 10, SIZE - MARGIN)
        return [
            Box(low, back, 118, ground - lift),
            Box(76, front - 96, 180, front),
            Box(138, back, high, ground - lift),
        ]
    edges = [low + (high - low) * i / 3 for i in range(4)]
    return [Box(a, top, b, ground - (rng.uniform(0, 8))) for a, b in itertools.pairwise(edges)]


def _divide(actors: list[Actor], low: float, high: float) -> float:
    """Where the columns of two animals part, by how wide each is."""
    first, second = (actor.box.width / actor.box.height for actor in actors)
    return low + (high - low) * min(max(first / (first + second), 0.38), 0.62)


def _air_cells(count: int, scene: Scene, backdrop: Backdrop, rng: random.Random) -> list[Box]:
    """The room of each animal that swims, flies or leaps."""
    bottom = backdrop.ground - rng.uniform(8, 24)
    if scene.place == "beach" and backdrop.water_line is not None and scene.action != "flying":
        bottom = backdrop.water_line - rng.uniform(2, 10)
    low, high, top = MARGIN + 2, SIZE - MARGIN - 2, MARGIN + rng.uniform(4, 16)
    if count == 1:
        return [Box(low, top + 8, high, bottom)]
    middle = (top + bottom) / 2
    if count == 2 and rng.random() < 0.5:  # one above the other
        pair = [Box(low, top, 168, middle), Box(88, middle, high, bottom)]
        return pair if rng.random() < 0.5 else [Box(low, middle, 168, bottom), Box(88, top, high, middle)]
    if count == 2:
        drop = rng.uniform(-18, 18)
        return [
            Box(low, top + max(drop, 0), 126, bottom + min(drop, 0)),
            Box(130, top - min(drop, 0), high, bottom - max(drop, 0)),
        ]
    pair = [Box(low, top, 126, middle), Box(130, top, high, middle)]
    third = Box(rng.uniform(40, 70), middle, rng.uniform(186, 216), bottom)
    return [pair[0], third, pair[1]] if rng.random() < 0.5 else [pair[0], pair[1], third]


def _fit(actor: Actor, cell: Box, scene: Scene, common: float, rng: random.Random) -> Spot:
    """The largest scale that fits the cell, less what the animal's size and chance take away."""
    box, looks = actor.box, actor.creature.looks
    wide = 1.16 if "round" in looks else 1.0
    scale = min(cell.width / (box.width * wide), cell.height / box.height) * _size(actor, scene, common)
    w, h = box.width * wide * scale, box.height * scale
    slack_x, slack_y = cell.width - w, cell.height - h
    sway = min(0.3, 20 / max(slack_x, 1))
    left = cell.left + slack_x * (0.5 + rng.uniform(-sway, sway))
    if actor.floats:
        top = cell.top + slack_y * (0.5 + rng.uniform(-0.3, 0.3))
    else:
        leap = min(rng.uniform(16, 26), slack_y) if scene.action == "jumping" else 0.0
        below = (box.bottom - actor.feet[1]) * scale  # a tail may hang lower than the feet
        top = min(cell.bottom - leap + below, SIZE - MARGIN) - h
    return Spot(scale, wide, left - box.left * wide * scale, top - box.top * scale)


def _size(actor: Actor, scene: Scene, common: float) -> float:
    creature = actor.creature
    share = common * (0.82 if actor.floats and sum(c.count for c in scene.creatures) == 1 else 0.97)
    share *= 0.56 if "tiny" in creature.looks else 1.0
    share *= 0.84 if creature.baby else 1.0
    share *= min(LITTLE.get(creature.animal, 1.0), 1.0)
    if scene.action == "jumping":
        share *= 0.9
    return max(share, 0.97) if "big" in creature.looks else share
