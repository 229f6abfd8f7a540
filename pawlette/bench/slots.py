"""What a judge looks for in a picture, slot by slot, and what a Scene says of each. Knows no network and no pixels.

A slot that a scene leaves open, or that two kinds of animal answer differently, is not labelled at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pawlette.words.scene import Creature, Scene
from pawlette.words.things import held_item, split_colour

ANIMALS: tuple[str, ...] = (
    "bear", "bee", "bunny", "butterfly", "cat", "caterpillar", "chick", "cow", "crab", "crocodile",
    "deer", "dinosaur", "dog", "dolphin", "dragon", "duck", "elephant", "fish", "flamingo", "fox",
    "frog", "giraffe", "goat", "hamster", "hedgehog", "hippo", "horse", "jellyfish", "kangaroo", "koala",
    "ladybug", "leopard", "lion", "monkey", "mouse", "octopus", "otter", "owl", "panda", "parrot",
    "penguin", "pig", "polar bear", "raccoon", "red panda", "rooster", "seal", "shark", "sheep", "sloth",
    "snail", "snake", "squirrel", "tiger", "toucan", "turtle", "unicorn", "whale", "wolf", "zebra",
)  # fmt: skip
"""The sixty that the built-in model draws."""
HUES = (
    "black",
    "blue",
    "brown",
    "golden",
    "green",
    "grey",
    "orange",
    "pink",
    "purple",
    "red",
    "white",
    "yellow",
)
NATURAL = frozenset({"colourful", "black and white"})
"""Names of colours that are some animals' own."""
SWIMMERS = frozenset({"dolphin", "fish", "shark", "jellyfish", "whale"})
"""They swim wherever they are: without an action, theirs is no resting pose."""
SLOTS: dict[str, tuple[str, ...]] = {
    "animal": ANIMALS,
    "count": ("1", "2", "3"),
    "colour": ("own", *HUES),
    "place": (
        "plain", "night sky", "meadow", "forest", "beach", "snow", "under water", "party", "bedroom",
        "garden", "mountains", "city", "desert", "space", "farm",
    ),
    "mood": ("smiling", "happy", "laughing", "sleepy", "winking", "surprised"),
    "action": ("resting", "waving", "jumping", "sleeping", "swimming", "flying", "holding"),
    "worn": ("nothing", "hat", "party hat", "crown", "bow", "scarf", "glasses", "flower crown"),
    "worn colour": HUES,
    "held": ("nothing", "balloon", "heart", "flower", "gift"),
    "held colour": HUES,
    "weather": ("none", "rainbow", "raining", "snowing"),
}  # fmt: skip
"""Slot -> what it may say. "own" is the animal's natural coat; "smiling" is the face of a scene without a mood."""
RESTING = (None, "sitting", "standing")


def scene_from(record: Mapping[str, Any]) -> Scene:
    """A Scene again, from the dictionary that `dataclasses.asdict` made of it."""
    creatures = tuple(Creature(**{**one, "looks": tuple(one["looks"])}) for one in record["creatures"])
    return Scene(**{**record, "creatures": creatures, "accessories": tuple(record["accessories"])})


def labels_of(scene: Scene) -> dict[str, str]:
    """Slot -> what the picture shows, for the slots that the scene settles and the judge knows."""
    count = str(sum(creature.count for creature in scene.creatures))
    said = {
        "count": count,
        "place": _place(scene),
        "weather": _weather(scene),
        **_worn(scene),
        **_held(scene),
    }
    if len(scene.creatures) == 1:
        said |= _creature(scene, scene.creatures[0])
    return {slot: value for slot, value in said.items() if value in SLOTS[slot]}


def kinds_of(scene: Scene) -> str:
    """The animals of a picture, as "cat and dog"."""
    return " and ".join(sorted(creature.animal for creature in scene.creatures))


def _creature(scene: Scene, creature: Creature) -> dict[str, str | None]:
    """The slots that two kinds in one picture may answer differently."""
    colour = "own" if creature.colour is None or creature.colour in NATURAL else creature.colour
    mood = scene.mood or (None if scene.action == "sleeping" else "smiling")
    return {"animal": creature.animal, "colour": colour, "mood": mood, "action": _action(scene, creature)}


def _action(scene: Scene, creature: Creature) -> str | None:
    if scene.action in RESTING:
        return None if creature.animal in SWIMMERS else "resting"
    return "holding" if str(scene.action).startswith("holding ") else scene.action


def _place(scene: Scene) -> str | None:
    """Without a place the page is plain only where no hour, weather, season or action asks for a landscape."""
    if scene.transparent or scene.place is not None:
        return scene.place
    if scene.weather or scene.season or scene.action in ("swimming", "flying"):
        return None
    return {None: "plain", "night": "night sky"}.get(scene.time)


def _weather(scene: Scene) -> str | None:
    return None if scene.transparent else scene.weather or "none"


def _worn(scene: Scene) -> dict[str, str | None]:
    if len(scene.accessories) > 1:
        return {}
    colour, thing = split_colour(scene.accessories[0]) if scene.accessories else (None, "nothing")
    return {"worn": thing, "worn colour": colour}


def _held(scene: Scene) -> dict[str, str | None]:
    item = held_item(scene.action)
    if item is None:
        return {"held": "nothing"}
    colour, thing = split_colour(item)
    return {"held": thing, "held colour": colour}


def named(slot: str, value: str) -> bool:
    """Whether a prompt has to say it: not the one animal, the natural coat or the empty hands."""
    return value not in ("1", "own", "plain", "smiling", "resting", "nothing", "none")
