"""A Scene -> sentences that are true of its picture, as people type them and as `compose` writes them.

Anything may be left unsaid but the animals and how many; nothing is said that is not shown. Knows no pixels.
"""

from __future__ import annotations

import random

from pawlette.train.chinese import chinese_caption
from pawlette.words import compose
from pawlette.words.scene import Creature, Scene

COMPOSED, CHINESE = 0.5, 0.25  # shares of all captions; the rest is free English
IRREGULAR = {"mouse": "mice", "wolf": "wolves", "sheep": "sheep", "deer": "deer", "fish": "fish",
             "bunny": "bunnies", "butterfly": "butterflies", "puppy": "puppies", "calf": "calves",
             "kitty": "kitties", "doggy": "doggies", "jellyfish": "jellyfish"}  # fmt: skip
SYNONYMS = {"bunny": ("bunny", "rabbit"), "dog": ("dog", "dog", "doggy"), "cat": ("cat", "cat", "kitty"),
            "hippo": ("hippo", "hippopotamus"), "panda": ("panda", "panda", "panda bear"),
            "ladybug": ("ladybug", "ladybird"), "chick": ("chick", "baby chicken")}  # fmt: skip
YOUNG = {"dog": "puppy", "cat": "kitten", "sheep": "lamb", "deer": "fawn", "cow": "calf", "duck": "duckling",
         "pig": "piglet", "lion": "lion cub", "bear": "bear cub", "tiger": "tiger cub", "horse": "foal",
         "kangaroo": "joey", "fox": "fox cub", "panda": "panda cub"}  # fmt: skip
PLACES = {
    "meadow": ("in a meadow", "in the meadow", "on a meadow"),
    "forest": ("in the forest", "in a forest", "in the woods"),
    "beach": ("on the beach", "at the beach", "on a beach"),
    "snow": ("in the snow", "in the snow", "in a snowy land"),
    "under water": ("under water", "underwater", "under the sea", "in the ocean"),
    "party": ("at a party", "at a birthday party", "at the party"),
    "bedroom": ("in a bedroom", "in the bedroom"),
    "garden": ("in a garden", "in the garden"), "mountains": ("in the mountains", "with mountains behind"),
    "city": ("in the city", "in a city"), "desert": ("in the desert", "in a desert"),
    "space": ("in space", "in outer space"), "farm": ("on a farm", "on the farm", "at the farm"),
}  # fmt: skip
WEATHER = {
    "rainbow": ("under a rainbow", "with a rainbow", "under the rainbow"),
    "raining": ("in the rain", "on a rainy day"),
    "snowing": ("in falling snow", "while it is snowing", "on a snowy day"),
    "sunny": ("on a sunny day", "in the sunshine"), "cloudy": ("on a cloudy day", "under a cloudy sky"),
}  # fmt: skip
TIMES = {
    "night": ("at night", "under the stars"),
    "sunset": ("at sunset",),
    "day": ("during the day", "by day"),
}
ACTIONS = {
    "waving": ("waving", "waving hello", "waving its hand"), "jumping": ("jumping", "jumping up"),
    "sleeping": ("sleeping", "asleep"), "sitting": ("sitting",), "standing": ("standing",),
    "swimming": ("swimming",), "flying": ("flying",),
}  # fmt: skip
LOOKS = {"fluffy": ("fluffy", "fluffy", "furry"), "tiny": ("tiny", "little", "small"),
         "big": ("big", "large"), "round": ("round", "chubby")}  # fmt: skip
NUMBERS = ("no", "one", "two", "three")


def caption(scene: Scene, rng: random.Random) -> str:
    """One sentence about the scene's picture: which kind of sentence is a matter of chance."""
    kind = rng.random()
    if kind < COMPOSED:
        return composed(scene, "sticker" if scene.transparent and rng.random() < 0.6 else "storybook")
    if kind < COMPOSED + CHINESE:
        return chinese_caption(scene, rng)
    return english_caption(scene, rng)


def composed(scene: Scene, style: str = "storybook") -> str:
    """The text that a model reads at drawing time."""
    return compose(scene, style).text


def english_caption(scene: Scene, rng: random.Random) -> str:
    """A short form, a whole sentence, or a list of tags, as people type them."""
    say = rng.choice((_short, _short, _sentence, _sentence, _tags))
    text = say(scene, rng)
    return text.capitalize() + "." if say is _sentence and rng.random() < 0.4 else text


def _short(scene: Scene, rng: random.Random) -> str:
    """The animals, and at most one thing more."""
    extra = [""]
    if len(scene.creatures) == 1:
        extra += [
            part for part in (_action(scene, rng), _wearing(scene, rng), _around(scene, rng, 0.6)) if part
        ]
    words = f"{animals(scene, rng, 0.5)} {rng.choice(extra)}".strip()
    return words + (_sticker(rng) if scene.transparent and rng.random() < 0.6 else "")


def _sentence(scene: Scene, rng: random.Random) -> str:
    parts = [animals(scene, rng, 0.9), _action(scene, rng), _wearing(scene, rng), _around(scene, rng, 1.0)]
    words = " ".join(part for part in parts if part)
    words += _sticker(rng) if scene.transparent else ""
    opening = (
        "",
        "",
        "",
        "",
        "draw ",
        "a picture of ",
        "please draw ",
        "a cartoon of ",
        "an illustration of ",
    )
    return rng.choice(opening) + words


def _tags(scene: Scene, rng: random.Random) -> str:
    rest = [_wearing(scene, rng), _action(scene, rng), *_around(scene, rng, 1.0, ", ").split(", ")]
    rest += rng.sample(("cute", "cartoon", "children's book", "storybook"), rng.randint(0, 2))
    if scene.transparent:
        rest.append(rng.choice(("transparent background", "sticker", "no background")))
    tags = [tag for tag in rest if tag]
    rng.shuffle(tags)
    return ", ".join([animals(scene, rng, 0.9), *tags])


def _sticker(rng: random.Random) -> str:
    return rng.choice((", transparent background", " on a transparent background", " sticker", ", sticker"))


def animals(scene: Scene, rng: random.Random, tell: float) -> str:
    """The "two smiling pink elephants and a cat"; each attribute is told with probability `tell`."""
    mood = scene.mood if scene.mood and rng.random() < tell else None
    if mood is None and scene.mood is None and scene.action != "sleeping" and rng.random() < 0.06:
        mood = "smiling"  # what is drawn where no mood is named
    return " and ".join(_creature(creature, mood, rng, tell) for creature in scene.creatures)


def _creature(creature: Creature, mood: str | None, rng: random.Random, tell: float) -> str:
    noun, young = _noun(creature, rng, tell)
    words = [rng.choice(LOOKS[look]) for look in creature.looks if rng.random() < tell]
    words += [mood] if mood else []
    words += ["cute"] if rng.random() < 0.22 else []
    rng.shuffle(words)
    if creature.colour:  # always told: an unnamed colour is the natural one
        american = creature.colour == "colourful" and rng.random() < 0.5
        words.append("colorful" if american else creature.colour)
    words += ["baby"] if young else []
    words.append(noun if creature.count == 1 else plural(noun))
    if creature.count > 1:
        number = NUMBERS[creature.count] if rng.random() < 0.7 else str(creature.count)
        return f"{number} {' '.join(words)}"
    return " ".join(words) if rng.random() < 0.12 else f"{article(words[0])} {' '.join(words)}"


def _noun(creature: Creature, rng: random.Random, tell: float) -> tuple[str, bool]:
    """The animal's name, and whether "baby" is still to be said."""
    if creature.baby and rng.random() < tell:
        if creature.animal in YOUNG and rng.random() < 0.5:
            return YOUNG[creature.animal], False
        return creature.animal, True
    return rng.choice(SYNONYMS.get(creature.animal, (creature.animal,))), False


def plural(noun: str) -> str:
    first, _, last = noun.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    else:
        last += "es" if last.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{first} {last}".strip()


def article(word: str) -> str:
    return "an" if word[0] in "aeiou" and not word.startswith("uni") else "a"


def _action(scene: Scene, rng: random.Random) -> str:
    if scene.action is None:
        return ""
    if scene.action in ACTIONS:
        words = rng.choice(ACTIONS[scene.action])
        many = sum(creature.count for creature in scene.creatures) > 1
        return words.replace("its hand", "their hands") if many else words
    return scene.action if rng.random() < 0.7 else scene.action.replace("holding", "with", 1)


def _wearing(scene: Scene, rng: random.Random) -> str:
    if not scene.accessories:
        return ""
    things = " and ".join(_thing(words) for words in scene.accessories)
    return f"{rng.choice(('wearing', 'wearing', 'with', 'in'))} {things}"


def _thing(words: str) -> str:
    return words if words.endswith("glasses") else f"{article(words)} {words}"


def _around(scene: Scene, rng: random.Random, tell: float, joint: str = " ") -> str:
    """The place, weather, season and hour."""
    parts = []
    for value, phrases in ((scene.place, PLACES), (scene.weather, WEATHER), (scene.time, TIMES)):
        if value and rng.random() < tell:
            parts.append(rng.choice(phrases[value]))
    if scene.season and rng.random() < tell:
        parts.append(f"in {scene.season}")
    return joint.join(parts)
