"""A Scene -> the picture that shows it: animals placed on their background, dressed, inside the frame.

Knows how much room each needs and what floats, flies or stands; not how an animal, a place or a hat is drawn.
"""

from __future__ import annotations

import functools
import io
import math
import random

import numpy as np
import resvg_py
from PIL import Image

from pawlette.train.art.animals import POSES, Look, Sprite, draw_animal
from pawlette.train.art.layout import Actor, Box, Spot, place
from pawlette.train.art.paint import Sheet, ellipse, group, stroke
from pawlette.train.art.places import Backdrop, draw_backdrop, is_pale
from pawlette.train.art.sky import SIZE
from pawlette.train.art.things import ACCESSORIES, draw_thing, place_thing, with_colour
from pawlette.words.scene import Creature, Scene
from pawlette.words.things import held_item, split_colour

SWIMMERS = frozenset({"dolphin", "whale", "fish", "shark", "jellyfish"})
"""They float wherever they are: they have no feet to stand on."""
NATURAL = {"colourful": frozenset({"parrot", "toucan", "butterfly", "rooster"}),
           "black and white": frozenset({"panda", "zebra", "penguin"})}  # fmt: skip
"""Names of colours that are some animals' own: drawn as if none had been named."""
EYES_ON_TOP = {"crab": frozenset({"hat", "party hat", "crown", "bow", "flower crown"}),
               "frog": frozenset({"hat", "flower crown"})}  # fmt: skip
"""What would cover their eyes."""
COATS = {"pig": "pink", "flamingo": "pink", "octopus": "purple", "crab": "red", "ladybug": "red",
         "frog": "green", "dolphin": "blue", "whale": "blue", "fox": "orange", "tiger": "orange",
         "chick": "yellow", "crocodile": "green", "dinosaur": "green", "turtle": "green", "snake": "green",
         "caterpillar": "green", "giraffe": "yellow", "bee": "yellow", "duck": "yellow"}  # fmt: skip
"""What clothes of no named colour should not blend into."""
BORDER = 5.0  # units of white around a sticker


def draw_scene(scene: Scene, seed: int, size: int = 256, *, sticker: bool = False) -> Image.Image:
    """The picture, RGBA, `size` pixels to a side; the same scene and seed give the same pixels.

    `sticker` puts a white border around what a scene without background shows.
    """
    png = resvg_py.svg_to_bytes(
        svg_string=scene_svg(scene, seed), width=size, height=size, skip_system_fonts=True
    )
    picture = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    return bordered(picture, BORDER * size / SIZE) if sticker and scene.transparent else picture


def bordered(picture: Image.Image, width: float) -> Image.Image:
    """The picture on its own silhouette in white, grown by `width` pixels with round corners."""
    alpha = np.asarray(picture)[..., 3]
    reach = math.ceil(width)
    padded, grown = np.pad(alpha, reach), np.zeros_like(alpha)
    high, wide = alpha.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            share = min(max(width + 0.5 - math.hypot(dx, dy), 0.0), 1.0)  # the rim of the disc is soft
            if share:
                part = padded[reach + dy : reach + dy + high, reach + dx : reach + dx + wide]
                np.maximum(grown, part if share == 1 else (part * share).astype(np.uint8), out=grown)
    border = np.full((high, wide, 4), 255, np.uint8)
    border[..., 3] = grown
    return Image.alpha_composite(Image.fromarray(border), picture)


def scene_svg(scene: Scene, seed: int) -> str:
    """The whole picture as one SVG document, 256 units to a side."""
    backdrop, actors, spots = _staged(scene, seed)
    order = sorted(range(len(actors)), key=lambda i: spots[i].box(actors[i].box).bottom)
    shade, bodies = Sheet("s"), []
    for i in order:
        if backdrop.pale and is_pale(actors[i].creature):
            _dusk(shade, spots[i].box(actors[i].box))
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
    _, actors, spots = _staged(scene, seed)
    return [spot.box(actor.box) for actor, spot in zip(actors, spots, strict=True)]


def _staged(scene: Scene, seed: int) -> tuple[Backdrop, list[Actor], list[Spot]]:
    """The background, the animals and where each stands: the same for the same seed."""
    backdrop = draw_backdrop(scene, random.Random(f"place {seed}"))
    rng = random.Random(f"animals {seed}")
    actors = cast(scene, rng)
    return backdrop, actors, place(scene, actors, backdrop, rng)


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
    pose = "holding" if held_item(scene.action) else scene.action
    if pose not in POSES:
        pose = "swimming" if floats else rng.choice(("sitting", "sitting", "standing"))
    busy = held_item(scene.action) is not None or scene.action == "waving"
    view = "front" if busy or rng.random() < 0.5 else rng.choice(("three-quarter", "three-quarter", "side"))
    colour = None if creature.animal in NATURAL.get(creature.colour or "", ()) else creature.colour
    return Look(
        species=creature.animal, colour=colour, expression=_expression(scene, creature), pose=pose,
        baby=creature.baby, fluffy="fluffy" in creature.looks, facing=facing, view=view,
    )  # fmt: skip


def _expression(scene: Scene, creature: Creature) -> str:
    """The mood is that of the first kind named, as in the scene's text; the others smile."""
    if scene.mood is None or creature != scene.creatures[0]:
        return "sleepy" if scene.action == "sleeping" else "smiling"
    return scene.mood


def anchors_needed(scene: Scene) -> list[tuple[str, ...]]:
    """For each thing worn or held, the anchors of which a body must have one."""
    needs = [ACCESSORIES[split_colour(words)[1]].anchors for words in scene.accessories]
    return [*needs, ("hand",)] if held_item(scene.action) or scene.action == "waving" else needs


def can_show(scene: Scene) -> bool:
    """Whether every animal has the body for what the scene lets it wear and hold."""
    needs = anchors_needed(scene)
    worn = {split_colour(words)[1] for words in scene.accessories}
    if any(worn & EYES_ON_TOP.get(creature.animal, frozenset()) for creature in scene.creatures):
        return False
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
    for _ in range(40):  # some views of a body lack an anchor
        sprite = draw_animal(look_of(scene, creature, facing, rng), rng)
        if all(any(sprite.anchors.get(name) for name in names) for names in anchors_needed(scene)):
            break
    else:
        raise ValueError(f"a {creature.animal} cannot wear or hold what the scene says: {scene}")
    svg, box = _dressed(scene, sprite, creature, prefix, rng)
    feet = sprite.anchors.get("feet") or (sprite.width / 2, sprite.height, sprite.width * 0.6)
    floats = creature.animal in SWIMMERS or scene.action in ("swimming", "flying")
    return Actor(creature, svg, box, feet, floats)


def _dressed(
    scene: Scene, sprite: Sprite, creature: Creature, prefix: str, rng: random.Random
) -> tuple[str, Box]:
    """The sprite's layers with clothes and held things between them, and the box of it all."""
    between: dict[str, list[str]] = {"back": [], "body": [], "head": [], "front_arm": []}
    left, top, right, bottom = 0.0, 0.0, sprite.width, sprite.height
    body = creature.colour or COATS.get(creature.animal)
    for i, worn in enumerate(scene.accessories):
        words = with_colour(worn, body, rng)
        name = split_colour(words)[1]
        at = next(sprite.anchors[a] for a in ACCESSORIES[name].anchors if sprite.anchors.get(a))
        assert at is not None
        if name == "scarf":  # below the chin, which hangs over the neck
            at = (at[0], at[1] + min(at[2], 70) * 0.16, min(at[2], 70))
        thing = place_thing(words, at, f"{prefix}t{i}", rng, turn=0 if name == "scarf" else sprite.tilt)
        between["head"].append(thing)
        if name == "scarf":
            bottom = max(bottom, at[1] + at[2] * 0.9)
        else:
            top = min(top, at[1] - at[2] * HEADROOM.get(name, 0.3))
            left, right = min(left, at[0] - at[2] * 0.5), max(right, at[0] + at[2] * 0.5)
    item, hand = held_item(scene.action), sprite.anchors.get("hand")
    if item and hand:
        item = with_colour(item, body, rng)
        hand = (hand[0], hand[1], min(hand[2], 54))
        if split_colour(item)[1] == "balloon":
            thing, extent = _balloon(item, sprite, hand, prefix, rng)
            between["back"].insert(0, thing)
            left, top, right = min(left, extent.left), min(top, extent.top), max(right, extent.right)
        else:
            flower, side = item.endswith("flower"), rng.choice((-1, 1))
            turn, away = (rng.uniform(50, 62), 0.3) if flower else (rng.uniform(0, 8), 0.0)
            grip = (hand[0] + side * away * hand[2], hand[1], hand[2])
            thing = place_thing(item, grip, f"{prefix}h", rng, turn=side * turn)
            between["head" if flower else "body"].append(thing)  # a blossom is beside the head, and before it
            reach = hand[2] * (1.6 if flower else 1)
            left, right = min(left, hand[0] - reach), max(right, hand[0] + reach)
            bottom = max(bottom, hand[1] + hand[2] * 0.6)
    parts = [part for layer in sprite.layers for part in (layer[1], *between.get(layer[0], ()))]
    return "".join(parts), Box(left, top, right, bottom)


HEADROOM = {"party hat": 0.78, "crown": 0.54, "hat": 0.56, "flower crown": 0.38, "bow": 0.26}


def _balloon(
    item: str, sprite: Sprite, hand: tuple[float, float, float], prefix: str, rng: random.Random
) -> tuple[str, Box]:
    """A balloon beside the head, on a string from the hand: never before the face."""
    side = 1 if hand[0] >= sprite.width / 2 else -1
    wide = rng.uniform(56, 68)
    x = sprite.width / 2 + side * (sprite.width / 2 + wide * rng.uniform(0.36, 0.5))
    y = rng.uniform(0.04, 0.16) * sprite.height
    string = (
        f"M{hand[0]:.1f},{hand[1]:.1f}"
        f"Q{(hand[0] + x) / 2 + side * 14:.1f},{(hand[1] + y) / 2 + 26:.1f} {x:.1f},{y + wide * 0.6:.1f}"
    )
    toy = group(draw_thing(item, f"{prefix}h", rng), x, y, scale=wide / 100)
    svg = stroke(string, "#a894a8", 1.8) + toy
    return svg, Box(x - wide * 0.55, y - wide * 0.62, x + wide * 0.55, sprite.height)


# --- in the picture -------------------------------------------------------------------------------------


def _shadow(sheet: Sheet, scene: Scene, actor: Actor, spot: Spot, backdrop: Backdrop) -> None:
    """A soft shadow under the feet, a faint one on the ground below what flies, a splash below what leaps."""
    box = spot.box(actor.box)
    x, width = spot.x + actor.feet[0] * spot.scale * spot.wide, actor.feet[2] * spot.scale * spot.wide
    if not actor.floats:
        high = scene.action == "jumping"
        feet = spot.y + actor.feet[1] * spot.scale
        y = min(max(backdrop.ground, feet + 12), feet + 26) if high else feet - 1
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


def _dusk(sheet: Sheet, box: Box) -> None:
    """A soft blue shade behind a pale animal on a pale ground, so that its outline is seen."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    sheet.add(ellipse(x, y, box.width * 0.78, box.height * 0.72, sheet.glow("#6f8fd0", 0.38)))


def _put(svg: str, spot: Spot) -> str:
    scale = f"scale({spot.scale * spot.wide:.4f} {spot.scale:.4f})"
    return f'<g transform="translate({spot.x:.2f} {spot.y:.2f}) {scale}">{svg}</g>'
