"""Where the animals of a picture go: large, inside the frame, side by side, feet on the ground.

Knows boxes and scales; not how anything is drawn.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pawlette.train.art.places import Backdrop
from pawlette.train.art.sky import SIZE
from pawlette.words.scene import Creature, Scene

MARGIN = 7.0  # units that stay free on every side
STICKER_MARGIN = 13.0  # the same where a white border may be added
LITTLE = {"bee": 0.72, "ladybug": 0.7, "butterfly": 0.82, "snail": 0.78, "caterpillar": 0.8, "mouse": 0.82,
          "chick": 0.8, "hamster": 0.85, "frog": 0.85, "crab": 0.85}  # fmt: skip
"""How large each looks beside another kind; 1.0 where not named."""


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
    margin = STICKER_MARGIN if scene.transparent else MARGIN
    if len(actors) == 1:
        return [_alone(actors[0], scene, backdrop, margin, rng)]
    if scene.transparent or any(actor.floats for actor in actors):
        cells = _air_cells(len(actors), scene, backdrop, margin, rng)
    else:
        cells = _ground_cells(actors, backdrop, margin, rng)
    scales = _scales(actors, cells, scene, rng)
    return [
        _settle(actor, cell, scale, scene, margin, rng)
        for actor, cell, scale in zip(actors, cells, scales, strict=True)
    ]


# --- one animal -------------------------------------------------------------------------------------------


def _alone(actor: Actor, scene: Scene, backdrop: Backdrop, margin: float, rng: random.Random) -> Spot:
    """A single animal: it fills most of the frame, a little off the middle."""
    box, wide, room = actor.box, _stretch(actor), SIZE - 2 * margin
    leap = rng.uniform(14, 26) if scene.action == "jumping" and not actor.floats else 0.0
    fill = _fill(actor, rng)
    if scene.weather == "rainbow":  # which is to be seen above and beside it
        fill = min(fill, rng.uniform(0.62, 0.74))
    scale = fill * SIZE / max(box.width * wide, box.height)
    scale = min(scale, room / (box.width * wide), (room - leap) / box.height)
    w, h = box.width * wide * scale, box.height * scale
    left = margin + (room - w) * (0.5 + rng.uniform(-0.36, 0.36))
    bottom = _bottom(actor, h, scene, backdrop, rng) - leap
    if not actor.floats:
        bottom += (box.bottom - actor.feet[1]) * scale  # a tail may hang lower than the feet
    top = max(min(bottom, SIZE - margin) - h, margin)
    return Spot(scale, wide, left - box.left * wide * scale, top - box.top * scale)


def _fill(actor: Actor, rng: random.Random) -> float:
    """Which share of the frame's side the animal fills."""
    looks = actor.creature.looks
    if "tiny" in looks:
        return rng.uniform(0.34, 0.44) * (0.85 if actor.creature.baby else 1.0)
    if "big" in looks:
        return rng.uniform(0.88, 0.95)
    if actor.creature.baby:
        return rng.uniform(0.54, 0.68)
    if rng.random() < 0.12:  # a close-up
        return rng.uniform(0.87, 0.94)
    return rng.uniform(0.69, 0.87)


def _bottom(actor: Actor, high: float, scene: Scene, backdrop: Backdrop, rng: random.Random) -> float:
    """The y of the feet of a single animal, or of the lowest part of one that floats."""
    if scene.transparent:
        return (SIZE + high) / 2 + rng.uniform(-8, 8)
    if not actor.floats:
        return backdrop.ground + rng.uniform(-6, 8) + max(0.0, high - 190) * 0.3
    low = SIZE - MARGIN if scene.place in (None, "space") else backdrop.ground - rng.uniform(0, 12)
    if scene.place == "beach" and backdrop.water_line is not None and scene.action != "flying":
        low = backdrop.water_line + rng.uniform(4, 16)
    return low - max(0.0, low - MARGIN - high) * rng.uniform(0.25, 0.7)


def _stretch(actor: Actor) -> float:
    return 1.16 if "round" in actor.creature.looks else 1.0


# --- two and three ----------------------------------------------------------------------------------------


def _ground_cells(actors: list[Actor], backdrop: Backdrop, margin: float, rng: random.Random) -> list[Box]:
    """The room of each animal that stands: a column each; where they are wide, one stands before two."""
    ground, low, high = backdrop.ground, margin, SIZE - margin
    aspects = [_stretch(actor) * actor.box.width / actor.box.height for actor in actors]
    front, back = min(ground + rng.uniform(6, 14), high), ground - rng.uniform(26, 38)
    if len(actors) == 2 and sum(aspects) > 2.5:  # one behind the other
        pair = [Box(low, low, 152, back), Box(104, front - 112, high, front)]
        return pair if rng.random() < 0.5 else [Box(104, low, high, back), Box(low, front - 112, 152, front)]
    if len(actors) == 3 and (sum(aspects) > 2.6 or rng.random() < 0.45):
        half = rng.uniform(46, 54)
        return [
            Box(low, low, 113, back),
            Box(128 - half, front - rng.uniform(100, 116), 128 + half, front),
            Box(143, low, high, back),
        ]
    edges, total = [low], sum(max(aspect, 0.55) for aspect in aspects)
    for aspect in aspects:
        edges.append(edges[-1] + (high - low) * max(aspect, 0.55) / total)
    feet = [min(ground + rng.uniform(-14, 9), high) for _ in actors]
    over = 5 if len(actors) == 3 else 1  # ears and tails may cross the line between two
    return [
        Box(max(edges[i] - over, low), low, min(edges[i + 1] + over, high), feet[i])
        for i in range(len(actors))
    ]


def _air_cells(count: int, scene: Scene, backdrop: Backdrop, margin: float, rng: random.Random) -> list[Box]:
    """The room of each animal that swims, flies or leaps."""
    bottom = SIZE - margin if scene.place in (None, "space") else backdrop.ground - rng.uniform(2, 12)
    if scene.place == "beach" and backdrop.water_line is not None and scene.action != "flying":
        bottom = backdrop.water_line + rng.uniform(2, 12)
    low, high, top = margin, SIZE - margin, margin + rng.uniform(0, 10)
    middle = (top + bottom) / 2
    if count == 2 and rng.random() < 0.5:  # one above the other
        pair = [Box(low, top, 190, middle), Box(66, middle, high, bottom)]
        return pair if rng.random() < 0.5 else [Box(low, middle, 190, bottom), Box(66, top, high, middle)]
    if count == 2:
        drop = rng.uniform(-24, 24)
        return [
            Box(low, top + max(drop, 0), 127, bottom + min(drop, 0)),
            Box(129, top - min(drop, 0), high, bottom - max(drop, 0)),
        ]
    split = top + (bottom - top) * rng.uniform(0.46, 0.54)
    if rng.random() < 0.5:
        pair = [Box(low, top, 127, split), Box(129, top, high, split)]
        return [*pair, Box(rng.uniform(34, 60), split, rng.uniform(196, 222), bottom)]
    pair = [Box(low, split, 127, bottom), Box(129, split, high, bottom)]
    return [*pair, Box(rng.uniform(34, 60), top, rng.uniform(196, 222), split)]


def _scales(actors: list[Actor], cells: list[Box], scene: Scene, rng: random.Random) -> list[float]:
    """The largest scale that fits each cell, less what size and chance take away; one kind is of one size."""
    common = rng.uniform(0.94, 1.0)
    fits = [
        min(cell.width / (actor.box.width * _stretch(actor)), cell.height / actor.box.height)
        for actor, cell in zip(actors, cells, strict=True)
    ]
    smallest = {actor.creature: min(f for f, a in zip(fits, actors, strict=True) if a.creature == actor.creature)
                for actor in actors}  # fmt: skip
    return [
        min(fit, smallest[actor.creature] * 1.14) * common * rng.uniform(0.95, 1.0) * _size(actor, scene)
        for actor, fit in zip(actors, fits, strict=True)
    ]


def _size(actor: Actor, scene: Scene) -> float:
    """The size of one of a group: what its looks, its age and its kind make of it beside the others."""
    creature = actor.creature
    alike = len(scene.creatures) == 1  # tiny beside another kind is tinier
    share = (0.66 if alike else 0.52) if "tiny" in creature.looks else 0.84 if creature.baby else 1.0
    if len(scene.creatures) > 1:
        share *= LITTLE.get(creature.animal, 1.0) if "big" not in creature.looks else 1.0
        if "big" not in creature.looks and any("big" in other.looks for other in scene.creatures):
            share *= 0.74
    return share


def _settle(actor: Actor, cell: Box, scale: float, scene: Scene, margin: float, rng: random.Random) -> Spot:
    """Where in its cell the animal goes."""
    box, wide = actor.box, _stretch(actor)
    w, h = box.width * wide * scale, box.height * scale
    slack_x, slack_y = cell.width - w, cell.height - h
    sway = min(0.4, 24 / max(slack_x, 1))
    left = cell.left + slack_x * (0.5 + rng.uniform(-sway, sway))
    if actor.floats or scene.transparent:
        top = cell.top + slack_y * (0.5 + rng.uniform(-0.3, 0.3) * (0.2 if scene.transparent else 1.0))
    else:
        leap = min(rng.uniform(10, 26), slack_y) if scene.action == "jumping" else 0.0
        below = (box.bottom - actor.feet[1]) * scale  # a tail may hang lower than the feet
        top = min(cell.bottom - leap + below, SIZE - margin) - h
    return Spot(scale, wide, left - box.left * wide * scale, max(top, margin) - box.top * scale)
