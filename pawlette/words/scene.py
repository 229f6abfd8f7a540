"""What a picture shows, slot by slot. Knows nothing of text, models or pixels.

To hold a Scene is to know that it is fit for children: only `words.read` makes one from a person's words.
Slot values are lexicon ids: lower-case English, as in the data files ("red panda", "holding a balloon").
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Creature:
    """One kind of animal in the picture, one to three of it."""

    animal: str  # lexicon id, "panda"
    count: int = 1  # 1 to 3
    baby: bool = False
    colour: str | None = None  # "pink"
    looks: tuple[str, ...] = ()  # ("fluffy", "tiny")


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture: one to three kinds of animal, at most three animals in all, and what is around them."""

    creatures: tuple[Creature, ...]
    mood: str | None = None  # "smiling", "sleepy": an expression
    action: str | None = None  # "waving", "holding a balloon"
    accessories: tuple[str, ...] = ()  # ("scarf",) or, with a colour, ("red scarf",)
    place: str | None = None  # "meadow"; None is the style's plain background
    weather: str | None = None  # "rainbow", "snowing"
    season: str | None = None  # "winter"
    time: str | None = None  # "night"
    style: str | None = None  # a style that the words asked for; None leaves the choice to the caller
    transparent: bool = False  # no background at all: a sticker
    language: str = "en"  # "en" or "zh": the language the reader wrote in
