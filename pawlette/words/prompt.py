"""A Scene in a style -> the text that a model reads. Knows nothing of models.

The text is English whichever language the scene was read in, and the same scene always gives the same text.
"""

from __future__ import annotations

from dataclasses import dataclass

from pawlette.words.lexicon import lexicon
from pawlette.words.scene import Creature, Scene
from pawlette.words.styles import STYLES

NUMBERS = {1: "a", 2: "two", 3: "three"}
COVERS = {
    "fur": "soft fur", "wool": "soft wool", "feathers": "soft feathers", "scales": "smooth scales",
    "skin": "smooth skin", "shell": "shiny shell", "spines": "soft spines", "wings": "delicate wings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model reads. Made by `compose`, so that it exists only behind the safety gate."""

    text: str
    negative: str
    scene: Scene | None  # None in studio mode, where an adult's open text was let through
    style: str


def compose(scene: Scene, style: str = "storybook") -> Prompt:
    """The scene's Prompt in a style; KeyError for no such style. A transparent scene keeps no background."""
    chosen = STYLES[style]
    clear = scene.transparent or chosen.transparent
    background = "transparent background" if clear else _around(scene) or chosen.background
    whole = subject(scene)
    first, _, animal = whole.partition(" ")
    number = (
        "a" if scene.creatures[0].count == 1 else first
    )  # "a cute …" even where the animal alone takes "an"
    text = chosen.template.format(
        number=number, animal=animal, whole=whole, cover=_cover(scene), background=background
    )
    return Prompt(text, chosen.negative, scene, style)


def subject(scene: Scene) -> str:
    """The whole noun phrase: "a smiling baby elephant wearing a red scarf", "two cats and a dog"."""
    kinds = [
        creature_phrase(creature, scene.mood if i == 0 else None)
        for i, creature in enumerate(scene.creatures)
    ]
    words = " and ".join(kinds) if len(kinds) < 3 else f"{kinds[0]}, {kinds[1]} and {kinds[2]}"
    if scene.accessories:
        words += " wearing " + " and ".join(with_article(worn) for worn in scene.accessories)
    return f"{words} {scene.action}" if scene.action else words


def creature_phrase(creature: Creature, mood: str | None = None) -> str:
    """ "two tiny pink elephants", "a smiling baby elephant"."""
    words = [*(look for look in creature.looks if look != "cute"), creature.colour, _noun(creature)]
    phrase = " ".join(word for word in (mood, *words) if word)
    if creature.count == 1:
        return f"{article(phrase)} {phrase}"
    return f"{NUMBERS[creature.count]} {phrase}"


def article(phrase: str) -> str:
    """ "a" or "an", by the first letter and the few words that sound otherwise."""
    return "an" if phrase[0] in "aeiou" and not phrase.startswith(("unicorn", "uni", "one")) else "a"


def with_article(thing: str) -> str:
    """ "red scarf" -> "a red scarf", "glasses" -> "glasses"."""
    return thing if _is_bare(thing) else f"{article(thing)} {thing}"


def _is_bare(thing: str) -> bool:
    """Whether an accessory or thing, with or without a colour before it, takes no article."""
    book = lexicon()
    for words in (thing, *(thing.removeprefix(f"{colour} ") for colour in book.colours)):
        for slot in ("accessory", "thing"):
            if (slot, words) in book.phrases:
                return book.phrases[slot, words] == "-"
    return False


def _noun(creature: Creature) -> str:
    animal = lexicon().animals[creature.animal]
    many = creature.count > 1
    if not creature.baby:
        return animal.plural if many else animal.id
    if animal.young:
        return (animal.young_plural or animal.young) if many else animal.young
    return f"baby {animal.plural if many else animal.id}"


def _cover(scene: Scene) -> str:
    covers = {lexicon().animals[creature.animal].cover for creature in scene.creatures}
    return f", {COVERS[covers.pop()]}" if len(covers) == 1 else ""


def _around(scene: Scene) -> str:
    """ "in a meadow, under a rainbow", or nothing."""
    slots = {"place": scene.place, "weather": scene.weather, "season": scene.season, "time": scene.time}
    return ", ".join(lexicon().phrases[slot, value] for slot, value in slots.items() if value)
