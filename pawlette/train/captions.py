"""A Scene -> sentences that are true of its picture, as people type them and as `compose` writes them.

Nothing is said that is not shown; how many, which colour, where and when are always said. Knows no pixels.
"""

from __future__ import annotations

import random

from pawlette.train.chinese import chinese_caption
from pawlette.words import compose
from pawlette.words.scene import Creature, Scene

COMPOSED, CHINESE = 0.5, 0.25  # shares of all captions; the rest is free English
STICKERS = 0.6  # of the pictures without background have a white border
TOLD = 0.92  # how often what is worn, done and felt is told
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
    kind, sticker = rng.random(), is_sticker(scene, rng)
    if kind < COMPOSED:
        return composed(scene, "sticker" if sticker else "storybook")
    if kind < COMPOSED + CHINESE:
        return chinese_caption(scene, rng, sticker)
    return english_caption(scene, rng, sticker)


def four_captions(scene: Scene, rng: random.Random, sticker: bool) -> list[str]:
    """What the model reads at drawing time, twice; as people type in English; and in Chinese."""
    read = composed(scene, "sticker" if sticker else "storybook")
    return [read, read, english_caption(scene, rng, sticker), chinese_caption(scene, rng, sticker)]


def is_sticker(scene: Scene, rng: random.Random) -> bool:
    """Whether a picture without background is to be a sticker with a white border: by chance."""
    return scene.transparent and rng.random() < STICKERS


def composed(scene: Scene, style: str = "storybook") -> str:
    """The text that a model reads at drawing time."""
    return compose(scene, style).text


def english_caption(scene: Scene, rng: random.Random, sticker: bool = False) -> str:
    """A whole sentence, or a list of tags, as people type them."""
    if rng.random() < 0.2:
        return _tags(scene, rng, sticker)
    text = _sentence(scene, rng, sticker)
    return text.capitalize() + "." if rng.random() < 0.3 else text


def _sentence(scene: Scene, rng: random.Random, sticker: bool) -> str:
    rest = [part for part in (_wearing(scene, rng), _action(scene, rng)) if part]
    if len(rest) == 2 and rng.random() < 0.3:  # "holding a balloon with a hat" would be another thing
        rest.reverse()
    words = " ".join(part for part in (animals(scene, rng), *rest, _around(scene, rng)) if part)
    words += _without_background(rng, sticker) if scene.transparent else ""
    return rng.choice(OPENINGS) + words


OPENINGS = ("",) * 6 + ("draw ", "a picture of ", "please draw ", "a cartoon of ", "an illustration of ")


def _tags(scene: Scene, rng: random.Random, sticker: bool) -> str:
    rest = [_wearing(scene, rng), _action(scene, rng), *_around(scene, rng, ", ").split(", ")]
    rest += rng.sample(("cute", "cartoon", "children's book", "storybook"), rng.randint(0, 2))
    if scene.transparent:
        rest.append("sticker" if sticker else rng.choice(("transparent background", "no background")))
    tags = [tag for tag in rest if tag]
    rng.shuffle(tags)
    return ", ".join([animals(scene, rng), *tags])


def _without_background(rng: random.Random, sticker: bool) -> str:
    if sticker:
        return rng.choice((" sticker", ", sticker", ", sticker with a white border"))
    return rng.choice((", transparent background", " on a transparent background", ", no background"))


def animals(scene: Scene, rng: random.Random, tell: float = TOLD) -> str:
    """The "two smiling pink elephants and a cat"; moods and looks are told with probability `tell`."""
    mood = scene.mood if scene.mood and rng.random() < tell else None
    if scene.mood is None and scene.action != "sleeping" and rng.random() < 0.06:
        mood = "smiling"  # what is drawn where no mood is named
    kinds = (
        _creature(creature, None if i else mood, rng, tell) for i, creature in enumerate(scene.creatures)
    )
    return " and ".join(kinds)


def _creature(creature: Creature, mood: str | None, rng: random.Random, tell: float) -> str:
    noun, young = _noun(creature, rng)
    words = [rng.choice(LOOKS[look]) for look in creature.looks if rng.random() < tell]
    words += [mood] if mood else []
    words += ["cute"] if rng.random() < 0.22 else []
    rng.shuffle(words)
    if creature.colour:
        american = creature.colour == "colourful" and rng.random() < 0.5
        words.append("colorful" if american else creature.colour)
    words += ["baby"] if young else []
    words.append(noun if creature.count == 1 else plural(noun))
    if creature.count > 1:
        number = NUMBERS[creature.count] if rng.random() < 0.7 else str(creature.count)
        return f"{number} {' '.join(words)}"
    return " ".join(words) if rng.random() < 0.12 else f"{article(words[0])} {' '.join(words)}"


def _noun(creature: Creature, rng: random.Random) -> tuple[str, bool]:
    """The animal's name, and whether "baby" is still to be said."""
    if creature.baby:
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
    if scene.action is None or rng.random() > TOLD:
        return ""
    if scene.action in ACTIONS:
        words = rng.choice(ACTIONS[scene.action])
        many = sum(creature.count for creature in scene.creatures) > 1
        return words.replace("its hand", "their hands") if many else words
    return scene.action if rng.random() < 0.7 else scene.action.replace("holding", "with", 1)


def _wearing(scene: Scene, rng: random.Random) -> str:
    if not scene.accessories or rng.random() > TOLD:
        return ""
    things = " and ".join(_thing(words) for words in scene.accessories)
    return f"{rng.choice(('wearing', 'wearing', 'with', 'in'))} {things}"


def _thing(words: str) -> str:
    return words if words.endswith("glasses") else f"{article(words)} {words}"


def _around(scene: Scene, rng: random.Random, joint: str = " ") -> str:
    """The place, weather, season and hour: all of them, for the whole picture shows them."""
    slots = ((scene.place, PLACES), (scene.weather, WEATHER), (scene.time, TIMES))
    parts = [rng.choice(phrases[value]) for value, phrases in slots if value]
    return joint.join([*parts, f"in {scene.season}"] if scene.season else parts)
