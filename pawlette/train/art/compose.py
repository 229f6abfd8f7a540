"""A Scene -> the picture that shows it: animals placed on their background, dressed, inside the frame.

Knows how much room each needs and what floats, flies or stands; not how an animal, a place or a hat is drawn.
"""

from __future__ import annotations

import functools
import io
import random
from dataclasses import dataclass

import resvg_py
from PIL import Image

from pawlette.train.art.animals import Look, Sprite, draw_animal
from pawlette.train.art.paint import Sheet, ellipse, group, stroke
from pawlette.train.art.places import Backdrop, draw_backdrop
from pawlette.train.art.sky import SIZE
from pawlette.train.art.things import ACCESSORIES, draw_thing, held_item, place_thing, split_colour
from pawlette.words.scene import Creature, Scene

MARGIN = 7.0  # units that stay free on every side
SWIMMERS = frozenset({"dolphin", "whale", "fish", "shark", "jellyfish"})
"""They float wherever they are: they have no feet to stand on."""
LITTLE = {"bee": 0.72, "ladybug": 0.7, "butterfly": 0.82, "snail": 0.78, "caterpillar": 0.8, "mouse": 0.82,
          "chick": 0.8, "hamster": 0.85, "frog": 0.85, "crab": 0.85}  # fmt: skip
"""How large each looks beside others; 1.0 where not named."""
POSES = {
    "waving": "waving", "jumping": "jumping", "sleeping": "sleeping", "sitting": "sitting",
    "standing": "standing", "swimming": "swimming", "flying": "flying",
}  # fmt: skip


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
    feet: tuple[float, float]  # the middle of its contact shadow, and the shadow's width
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


def draw_scene(scene: Scene, seed: int, size: int = 256) -> Image.Image:
    """The picture, RGBA, `size` pixels to a side. The same scene and seed give the same pixels."""
    png = resvg_py.svg_to_bytes(
        svg_string=scene_svg(scene, seed), width=size, height=size, skip_system_fonts=True
    )
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def scene_svg(scene: Scene, seed: int) -> str:
    """The whole picture as one SVG document, 256 units to a side."""
    backdrop = draw_backdrop(scene, random.Random(f"place {seed}"))
    rng = random.Random(f"animals {seed}")
    actors = cast(scene, rng)
    spots = place(scene, actors, backdrop, rng)
    order = sorted(range(len(actors)), key=lambda i: spots[i].box(actors[i].box).bottom)
    shade, bodies = Sheet("s"), []
    for i in order:
        if not scene.transparent:
            _shadow(shade, scene, actors[i], spots[i], backdrop)
        bodies.append(_put(actors[i].svg, spots[i]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {SIZE} {SIZE}">{backdrop.behind}{shade.svg()}{"".join(bodies)}{backdrop.front}</svg>'
    )


def boxes(scene: Scene, seed: int) -> list[Box]:
    """Where the animals stand in the picture that `scene_svg` draws."""
    backdrop = draw_backdrop(scene, random.Random(f"place {seed}"))
    rng = random.Random(f"animals {seed}")
    actors = cast(scene, rng)
    return [
        spot.box(actor.box) for actor, spot in zip(actors, place(scene, actors, backdrop, rng), strict=True)
    ]


# --- the animals themselves -------------------------------------------------------------------------------


def cast(scene: Scene, rng: random.Random) -> list[Actor]:
    """Every animal of the scene, dressed, from left to right."""
    creatures = [creature for creature in scene.creatures for _ in range(creature.count)]
    rng.shuffle(creatures)
    actors = []
    for i, creature in enumerate(creatures):
        facing = rng.choice((-1, 1)) if len(creatures) == 1 or rng.random() < 0.4 else (1 if i == 0 else -1)
        actors.append(_actor(scene, creature, facing, f"c{i}", rng))
    return actors


def look_of(scene: Scene, creature: Creature, facing: int, rng: random.Random) -> Look:
    """How the animal is to be drawn: what the scene leaves open is chosen at random."""
    floats = creature.animal in SWIMMERS
    pose = POSES.get(scene.action or "")
    if pose is None:
        pose = "swimming" if floats else rng.choice(("sitting", "sitting", "standing"))
    busy = held_item(scene.action) is not None or scene.action == "waving"
    view = "front" if busy or rng.random() < 0.5 else rng.choice(("three-quarter", "three-quarter", "side"))
    return Look(
        species=creature.animal, colour=creature.colour, expression=_expression(scene), pose=pose,
        baby=creature.baby, fluffy="fluffy" in creature.looks, facing=facing, view=view,
    )  # fmt: skip


def _expression(scene: Scene) -> str:
    if scene.mood is None:
        return "sleepy" if scene.action == "sleeping" else "smiling"
    return scene.mood


def anchors_needed(scene: Scene) -> list[tuple[str, ...]]:
    """For each thing worn or held, the anchors of which a body must have one."""
    needs = [ACCESSORIES[split_colour(words)[1]].anchors for words in scene.accessories]
    return [*needs, ("hand",)] if held_item(scene.action) or scene.action == "waving" else needs


def can_show(scene: Scene) -> bool:
    """Whether every animal has the body for what the scene lets it wear and hold."""
    needs = anchors_needed(scene)
    return all(
        all(any(name in _anchors(creature.animal) for name in names) for names in needs)
        for creature in scene.creatures
    )  # fmt: skip


@functools.cache
def _anchors(animal: str) -> frozenset[str]:
    """The anchors that the front view of an animal has."""
    sprite = draw_animal(Look(species=animal, pose="sitting", view="front"), random.Random(0))
    return frozenset(name for name, at in sprite.anchors.items() if at)


def _actor(scene: Scene, creature: Creature, facing: int, prefix: str, rng: random.Random) -> Actor:
    for _ in range(8):  # some views of a body lack an anchor
        sprite = draw_animal(look_of(scene, creature, facing, rng), rng)
        if all(any(sprite.anchors.get(name) for name in names) for names in anchors_needed(scene)):
            break
    else:
        raise ValueError(f"a {creature.animal} cannot wear or hold what the scene says: {scene}")
    svg, box = _dressed(scene, sprite, prefix, rng)
    feet = sprite.anchors.get("feet") or (sprite.width / 2, sprite.height, sprite.width * 0.6)
    floats = creature.animal in SWIMMERS or scene.action in ("swimming", "flying")
    return Actor(creature, svg, box, (feet[0], feet[2]), floats)


def _dressed(scene: Scene, sprite: Sprite, prefix: str, rng: random.Random) -> tuple[str, Box]:
    """The sprite's layers with clothes and held things between them, and the box of it all."""
    between: dict[str, list[str]] = {"back": [], "body": [], "head": [], "front_arm": []}
    left, top, right = 0.0, 0.0, sprite.width
    for i, words in enumerate(scene.accessories):
        name = split_colour(words)[1]
        at = next(sprite.anchors[a] for a in ACCESSORIES[name].anchors if sprite.anchors.get(a))
        assert at is not None
        thing = place_thing(words, at, f"{prefix}t{i}", rng, turn=_turn(sprite, name))
        between["body" if name == "scarf" else "head"].append(thing)
        if name != "scarf":
            top = min(top, at[1] - at[2] * HEADROOM.get(name, 0.3))
            left, right = min(left, at[0] - at[2] * 0.5), max(right, at[0] + at[2] * 0.5)
    item, hand = held_item(scene.action), sprite.anchors.get("hand")
    if item and hand:
        if split_colour(item)[1] == "balloon":
            thing, extent = _balloon(item, sprite, hand, prefix, rng)
            between["back"].insert(0, thing)
            left, top, right = min(left, extent.left), min(top, extent.top), max(right, extent.right)
        else:
            between["body"].append(place_thing(item, hand, f"{prefix}h", rng, turn=rng.uniform(-8, 8)))
            left, right = min(left, hand[0] - hand[2] * 0.4), max(right, hand[0] + hand[2] * 0.4)
    parts = [part for layer in sprite.layers for part in (layer[1], *between.get(layer[0], ()))]
    return "".join(parts), Box(left, top, right, sprite.height)


HEADROOM = {"party hat": 0.62, "crown": 0.42, "hat": 0.48, "flower crown": 0.3, "bow": 0.22}


def _turn(sprite: Sprite, name: str) -> float:
    return getattr(sprite, "tilt", 0.0) if name != "scarf" else 0.0


def _balloon(
    item: str, sprite: Sprite, hand: tuple[float, float, float], prefix: str, rng: random.Random
) -> tuple[str, Box]:
    """A balloon beside the head, on a string from the hand: never before the face."""
    side = 1 if hand[0] >= sprite.width / 2 else -1
    wide = rng.uniform(50, 60)
    x = sprite.width / 2 + side * (sprite.width / 2 + wide * rng.uniform(0.2, 0.42))
    y = rng.uniform(0.02, 0.12) * sprite.height
    string = (
        f"M{hand[0]:.1f},{hand[1]:.1f}"
        f"Q{(hand[0] + x) / 2 + side * 14:.1f},{(hand[1] + y) / 2 + 26:.1f} {x:.1f},{y + wide * 0.6:.1f}"
    )
    svg = stroke(string, "#a894a8", 1.8) + group(draw_thing(item, f"{prefix}h", rng), x, y, scale=wide / 100)
    return svg, Box(x - wide * 0.55, y - wide * 0.62, x + wide * 0.55, sprite.height)


# --- where they go ----------------------------------------------------------------------------------------


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
        return [Box(low, max(low, ground - rng.uniform(168, 205)), high, ground)]
    top = ground - rng.uniform(126, 150)
    if len(actors) == 2:
        step = rng.uniform(0, 10)
        middle = _divide(actors, low, high)
        feet = rng.sample((ground, ground - step), 2)
        return [Box(low, top, middle - 1, feet[0]), Box(middle + 1, top, high, feet[1])]
    if sum(actor.box.width / actor.box.height for actor in actors) > 2.7:
        lift = rng.uniform(34, 44)
        back, front = top + 10 - lift, min(ground + 10, SIZE - MARGIN)
        return [
            Box(low, back, 118, ground - lift),
            Box(76, front - 96, 180, front),
            Box(138, back, high, ground - lift),
        ]
    edges = [low + (high - low) * i / 3 for i in range(4)]
    return [Box(a, top, b, ground - (rng.uniform(0, 8))) for a, b in zip(edges, edges[1:], strict=False)]


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
    wide = 1.1 if "round" in looks else 1.0
    scale = min(cell.width / (box.width * wide), cell.height / box.height) * _size(actor, scene, common)
    w, h = box.width * wide * scale, box.height * scale
    slack_x, slack_y = cell.width - w, cell.height - h
    sway = min(0.3, 20 / max(slack_x, 1))
    left = cell.left + slack_x * (0.5 + rng.uniform(-sway, sway))
    if actor.floats:
        top = cell.top + slack_y * (0.5 + rng.uniform(-0.3, 0.3))
    else:
        leap = min(rng.uniform(16, 26), slack_y) if scene.action == "jumping" else 0.0
        top = cell.bottom - h - leap
    return Spot(scale, wide, left - box.left * wide * scale, top - box.top * scale)


def _size(actor: Actor, scene: Scene, common: float) -> float:
    creature = actor.creature
    share = common * (0.82 if actor.floats and sum(c.count for c in scene.creatures) == 1 else 0.97)
    share *= 0.56 if "tiny" in creature.looks else 1.0
    share *= 0.84 if creature.baby else 1.0
    share *= min(LITTLE.get(creature.animal, 0.95), 1.0)
    if scene.action == "jumping":
        share *= 0.9
    return max(share, 0.97) if "big" in creature.looks else share


def _put(svg: str, spot: Spot) -> str:
    scale = f"scale({spot.scale * spot.wide:.4f} {spot.scale:.4f})"
    return f'<g transform="translate({spot.x:.2f} {spot.y:.2f}) {scale}">{svg}</g>'


# --- shadows ----------------------------------------------------------------------------------------------


def _shadow(sheet: Sheet, scene: Scene, actor: Actor, spot: Spot, backdrop: Backdrop) -> None:
    """A soft shadow under the feet, a faint one on the ground below what flies, a splash below what leaps."""
    box = spot.box(actor.box)
    x, width = spot.x + actor.feet[0] * spot.scale * spot.wide, actor.feet[1] * spot.scale * spot.wide
    if not actor.floats:
        high = scene.action == "jumping"
        y = min(backdrop.ground, box.bottom + 26) if high else box.bottom - 1
        sheet.add(
            ellipse(
                x, y, width * (0.42 if high else 0.62), max(width * 0.1, 3), sheet.glow(backdrop.shadow, 0.4)
            )
        )
    elif scene.place == "beach" and backdrop.water_line is not None and scene.action != "flying":
        for spread in (0.5, 0.34):
            water = ellipse(
                x,
                backdrop.water_line - 2,
                box.width * spread,
                5 * spread + 2,
                "none",
                'stroke="#ffffff" stroke-width="2.2" stroke-opacity=".85"',
            )
            sheet.add(water)
    elif scene.place not in ("under water", "space") and (scene.place or scene.action == "flying"):
        sheet.add(ellipse(x, backdrop.ground + 6, width * 0.4, 4, sheet.glow(backdrop.shadow, 0.28)))
