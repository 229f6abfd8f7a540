"""Which scenes the training pictures show, and how often: only what the art draws. Knows no pixels, no text.

A few combinations are held out: never sampled, so that composing them shows what the model has understood.
"""

from __future__ import annotations

import dataclasses
import functools
import random
from collections.abc import Mapping, Sequence

from pawlette.train.art.animals import SPECIES
from pawlette.train.art.compose import COATS, NATURAL, SWIMMERS, can_show
from pawlette.train.art.things import ACCESSORIES, HELD
from pawlette.words.scene import Creature, Scene
from pawlette.words.things import held_item, split_colour

FAVOURITES = ("panda", "dolphin", "bunny", "elephant", "parrot")
"""The animals of the study's benchmark, drawn 2.5 times as often."""
SEA = SWIMMERS | {"octopus", "crab", "seal", "turtle"}
SWIM_TOO = SEA - {"crab"} | {"penguin", "duck", "otter", "frog", "polar bear", "crocodile", "hippo"}
FLY = frozenset(
    {"parrot", "owl", "duck", "flamingo", "toucan", "butterfly", "bee", "ladybug", "dragon", "chick"}
)
FURRY = frozenset({
    "panda", "bunny", "cat", "dog", "bear", "polar bear", "fox", "red panda", "koala", "lion", "tiger",
    "leopard", "mouse", "hamster", "squirrel", "monkey", "sheep", "goat", "raccoon", "wolf", "sloth",
    "otter", "chick", "owl", "penguin", "duck", "bee", "unicorn", "horse", "cow", "hedgehog", "deer",
})  # fmt: skip
COLOURED = 0.34  # of all animals have a named colour
WEARING = 0.51  # of the scenes with attributes try something on; bodies without a neck or ears refuse some
ARMLESS = SWIMMERS | {
    "bee", "ladybug", "butterfly", "caterpillar", "snail", "snake", "crocodile", "turtle", "flamingo"
}  # fmt: skip
"""They have nothing to wave that one could see."""
ONE_STANCE = SWIMMERS | {
    "frog", "turtle", "crocodile", "snake", "octopus", "crab", "seal", "bee", "ladybug", "butterfly",
    "caterpillar", "snail",
}  # fmt: skip
"""They look the same sitting and standing."""
CREEPERS = frozenset({"jellyfish", "butterfly", "snail"})
"""They look the same when they jump."""
MOODS = ("smiling", "happy", "happy", "laughing", "sleepy", "winking", "winking", "surprised", "surprised")
LOOKS = ("fluffy", "fluffy", "tiny", "big", "round")
THING_COLOURS = ("red", "red", "blue", "yellow", "pink", "purple", "green", "orange")
PLACES = {
    "meadow": 1.5, "forest": 1.2, "beach": 1.2, "snow": 1.2, "under water": 0.25, "party": 0.9,
    "bedroom": 0.8, "garden": 1.0, "mountains": 0.8, "city": 0.7, "desert": 0.6, "space": 0.8,
    "farm": 0.9,
}  # fmt: skip
SEA_PLACES = {
    "under water": 6.0,
    "beach": 2.2,
    "space": 0.3,
    "snow": 0.25,
    "meadow": 0.25,
    "party": 0.3,
    "garden": 0.15,
}
WEATHER = {"rainbow": 1.6, "raining": 0.8, "snowing": 1.0, "sunny": 1.2, "cloudy": 0.7}
TIMES = {"night": 1.0, "sunset": 1.0, "day": 0.3}
GREEN_PLACES = ("meadow", "forest", "garden", "mountains", "farm")
WITHOUT_WEATHER = ("under water", "party", "bedroom", "space")
HELD_OUT: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("koala", {"accessory": "purple scarf"}), ("elephant", {"colour": "pink", "place": "snow"}),
    ("penguin", {"count": 3, "place": "beach"}), ("fox", {"weather": "rainbow", "place": "desert"}),
    ("panda", {"action": "holding a balloon", "place": "space"}),
    ("cat", {"colour": "blue", "accessory": "crown"}),
    ("bunny", {"accessory": "glasses", "place": "forest"}), ("dolphin", {"colour": "pink", "time": "sunset"}),
    ("parrot", {"accessory": "party hat", "place": "garden"}),
)  # fmt: skip
"""What no training picture shows: the animal with all of these; a thing named without colour is any of it."""


def held_out(scene: Scene) -> bool:
    """Whether the scene shows a combination that is kept for measuring."""
    return any(
        creature.animal == animal and all(_shows(scene, creature, *slot) for slot in wanted.items())
        for animal, wanted in HELD_OUT
        for creature in scene.creatures
    )


def _shows(scene: Scene, creature: Creature, slot: str, value: object) -> bool:
    if slot in ("colour", "count"):
        return bool(getattr(creature, slot) == value)
    if slot == "accessory":
        return any(value in (words, split_colour(words)[1]) for words in scene.accessories)
    if slot == "action" and isinstance(value, str) and (item := held_item(scene.action)):
        return split_colour(item)[1] == held_item(value)
    return bool(getattr(scene, slot) == value)


def sample_scene(rng: random.Random) -> Scene:
    """One scene of the training set, never a held-out one."""
    while True:
        scene = _scene(rng)
        if not held_out(scene) and can_show(scene):
            return scene


def _scene(rng: random.Random) -> Scene:
    creatures = _creatures(rng)
    if rng.random() < 0.12:
        return _attributes(Scene(creatures, transparent=True), rng)
    place = _place(creatures, rng) if rng.random() < 0.64 else None
    return _attributes(Scene(creatures, place=place), rng)


def _attributes(scene: Scene, rng: random.Random) -> Scene:
    """The scene with mood, action, accessories, weather and hour; a fifth of all scenes get none."""
    if rng.random() < 0.14:
        return scene
    action = _action(scene, rng) if rng.random() < 0.5 else None
    mood = rng.choice(MOODS) if action != "sleeping" and rng.random() < 0.34 else None
    accessories = _accessories(scene, rng) if rng.random() < WEARING else ()
    if action == "sleeping":  # a scarf would hide the chin of who lies
        accessories = tuple(worn for worn in accessories if not worn.endswith("scarf"))
    dressed = dataclasses.replace(scene, mood=mood, action=action, accessories=accessories)
    if scene.transparent:
        return dressed
    time, weather, season = _surroundings(dressed, rng)
    return dataclasses.replace(dressed, time=time, weather=weather, season=season)


# --- animals ----------------------------------------------------------------------------------------------


def _creatures(rng: random.Random) -> tuple[Creature, ...]:
    """One kind or two; one, two or three animals in all."""
    first, dice = _species(rng), rng.random()
    if dice < 0.15:
        second = _species(rng)
        while second == first or (second in SEA) != (first in SEA):
            second = _species(rng)
        counts = (1, 1) if rng.random() < 0.8 else rng.choice(((1, 2), (2, 1)))
        return _creature(first, counts[0], rng), _creature(second, counts[1], rng)
    count = 1 if dice < 0.70 else 2 if dice < 0.88 else 3
    return (_creature(first, count, rng),)


def _species(rng: random.Random) -> str:
    names, weights = _species_weights()
    return rng.choices(names, weights)[0]


@functools.cache
def _species_weights() -> tuple[list[str], list[float]]:
    names = sorted(SPECIES)
    return names, [2.5 if name in FAVOURITES else 1.0 for name in names]


def _creature(animal: str, count: int, rng: random.Random) -> Creature:
    colour = rng.choice(colours(animal)) if rng.random() < COLOURED and colours(animal) else None
    look = rng.choice(LOOKS) if rng.random() < 0.24 else None
    if (look == "fluffy" and animal not in FURRY) or (look == "big" and count > 1):
        look = None  # several big ones look like several
    return Creature(animal, count, rng.random() < 0.14, colour, (look,) if look else ())


def colours(animal: str) -> Sequence[str]:
    """The colours in which the animal may be drawn by name; a name for its own coat counts twice."""
    own = [name for name, animals in NATURAL.items() if animal in animals]
    dyed = [colour for colour in SPECIES[animal].recolours if f"{colour} {animal}" not in SPECIES]
    return [*dyed, *own, *own]  # a panda is never red: that is another animal


# --- what they do and wear --------------------------------------------------------------------------------


def _action(scene: Scene, rng: random.Random) -> str | None:
    """An action that all animals of the scene can show."""
    animals = [creature.animal for creature in scene.creatures]
    choices: list[str] = []
    if all(animal in SWIM_TOO for animal in animals) and scene.place in (None, "under water", "beach"):
        choices += ["swimming"] * 4
    if all(animal in FLY for animal in animals) and scene.place not in ("under water", "bedroom"):
        choices += ["flying"] * 4
    choices += ["sleeping"]
    if not any(animal in CREEPERS for animal in animals):
        choices += ["jumping"]
    if not any(animal in ARMLESS for animal in animals):
        choices += ["waving"] * 3
    if not any(animal in ONE_STANCE for animal in animals):
        choices += ["sitting", "standing"]
    if not any(animal in SWIMMERS or animal == "crocodile" for animal in animals):
        choices += [_holding(scene, rng)] * 5
    return rng.choice(choices)


def _holding(scene: Scene, rng: random.Random) -> str:
    item = rng.choice(list(HELD))
    words = f"{_thing_colour(scene, rng)} {item}" if rng.random() < 0.5 else item
    return f"holding {'an' if words[0] in 'aeiou' else 'a'} {words}"


def _accessories(scene: Scene, rng: random.Random) -> tuple[str, ...]:
    """One thing to wear, sometimes two that sit on different parts of the body."""
    first = _worn(scene, rng)
    if rng.random() < 0.88:
        return (first,)
    second = _worn(scene, rng)
    sites = [ACCESSORIES[split_colour(words)[1]].anchors[-1] for words in (first, second)]
    return (first, second) if sites[0] != sites[1] else (first,)


def _worn(scene: Scene, rng: random.Random) -> str:
    name = rng.choice((*ACCESSORIES, "scarf", "hat", "bow"))
    if name == "crown" or rng.random() < 0.45:
        return name
    return f"{_thing_colour(scene, rng)} {name}"


def _thing_colour(scene: Scene, rng: random.Random) -> str:
    """A colour that is seen on the animals: none of theirs."""
    coats = [creature.colour or COATS.get(creature.animal) for creature in scene.creatures]
    return rng.choice([colour for colour in THING_COLOURS if colour not in coats])


# --- where and when ---------------------------------------------------------------------------------------


def _place(creatures: tuple[Creature, ...], rng: random.Random) -> str:
    table = SEA_PLACES if all(creature.animal in SEA for creature in creatures) else PLACES
    return rng.choices(list(table), list(table.values()))[0]


def _surroundings(scene: Scene, rng: random.Random) -> tuple[str | None, str | None, str | None]:
    """(time, weather, season), such as can be at that place, and at once."""
    time = rng.choices(list(TIMES), list(TIMES.values()))[0] if rng.random() < 0.17 else None
    if scene.place in WITHOUT_WEATHER or (scene.place is None and scene.action == "swimming"):
        return (time if scene.place == "bedroom" else None), None, None
    if scene.place is None and time is None and rng.random() < 0.1:
        time = "night"
    weather = rng.choices(list(WEATHER), list(WEATHER.values()))[0] if rng.random() < 0.22 else None
    if time in ("night", "sunset") and weather in ("rainbow", "sunny", "cloudy"):
        time = None
    if scene.place in ("desert", "beach") and weather == "snowing":
        weather = None
    if scene.place == "desert" and weather == "raining":
        weather = None
    season = None
    if weather is None and time is None and rng.random() < 0.16:
        season = _season(scene.place, rng)
    return time, weather, season


def _season(place: str | None, rng: random.Random) -> str | None:
    if place is None or place in GREEN_PLACES:
        return rng.choice(("spring", "summer", "autumn", "winter"))
    if place == "city":
        return rng.choice(("spring", "autumn", "winter"))
    return {"beach": "summer", "snow": "winter"}.get(place)
