"""The words that a model has learnt, as tiles to choose, and a wish in English or Chinese made of chosen ones.

The wish is plain text: it goes through the gate like everybody's. Knows no HTTP.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from pawlette.errors import BadJob
from pawlette.model.family import Family
from pawlette.serve.api.answers import AnimalTile, StyleTile, Tile, VocabularyAnswer
from pawlette.serve.api.bodies import WishBody
from pawlette.words import STYLES, Creature, Scene, animals
from pawlette.words.lexicon import lexicon, rows, tokens
from pawlette.words.prompt import subject

SLOTS = {
    "colours": ("colour", "colour"),
    "looks": ("look", "looks"),
    "moods": ("mood", "mood"),
    "actions": ("action", "action"),
    "accessories": ("accessory", "accessories"),
    "places": ("place", "place"),
    "weather": ("weather", "weather"),
    "seasons": ("season", "season"),
    "times": ("time", "time"),
}
"""Name in the vocabulary -> (slot of the lexicon, slot of a Scene)."""
NUMBERS = {1: "一", 2: "两", 3: "三"}
ON = frozenset({"meadow", "beach", "mountains", "party"})  # 上 instead of 里
PLACED = ("里", "上", "下", "边", "中", "旁")  # Chinese names of places that need neither


def vocabulary(family: Family) -> VocabularyAnswer:
    """What the model draws, in the lexicon's order."""
    known = set(animals() if family.species is None else family.species)
    book = lexicon()
    creatures = [
        AnimalTile(id=one.id, en=one.id, zh=one.chinese, emoji=emoji().get(one.id), group=one.group)
        for one in book.animals.values()
        if one.id in known
    ]
    styles = [
        StyleTile(id=style.name, en=style.english, zh=style.chinese, transparent=style.transparent)
        for style in STYLES.values()
        if family.draws_style(style.name)
    ]
    lists = {name: _tiles(family, slot, of_scene) for name, (slot, of_scene) in SLOTS.items()}
    return VocabularyAnswer(model=family.name, animals=creatures, styles=styles, **lists)


def _tiles(family: Family, slot: str, of_scene: str) -> list[Tile]:
    learnt = None if family.learnt is None else family.learnt.get(of_scene, ())
    return [
        Tile(id=ident, en=ident, zh=chinese)
        for (kind, ident), chinese in lexicon().chinese.items()
        if kind == slot and (learnt is None or ident in learnt)
    ]


@functools.cache
def emoji() -> dict[str, str]:
    """Animal -> its first emoji."""
    found: dict[str, str] = {}
    for sign, words in rows("emoji"):
        found.setdefault(words, sign)
    return found


def wish_text(wish: WishBody, family: Family) -> str:
    """The words for the tiles, in the wish's language; raises BadJob naming one that the model does not draw."""
    _check(wish, family)
    return _chinese(wish) if wish.language == "zh" else _english(wish)


def _check(wish: WishBody, family: Family) -> None:
    offered = vocabulary(family)
    slots: list[tuple[str, str | None, Iterable[Tile]]] = [("animal", wish.animal, offered.animals)]
    slots += [(slot, getattr(wish, slot), getattr(offered, name)) for name, (slot, _) in SLOTS.items()]
    for slot, chosen, tiles in slots:
        if chosen is not None and chosen not in {tile.id for tile in tiles}:
            raise BadJob(f"{slot} {chosen[:60]!r} is none of this model's tiles; /v1/vocabulary lists them")


def _english(wish: WishBody) -> str:
    looks = () if wish.look is None else (wish.look,)
    worn = () if wish.accessory is None else (wish.accessory,)
    creature = Creature(wish.animal, count=wish.count, colour=wish.colour, looks=looks)
    words = [_apart(wish, subject(Scene((creature,), mood=wish.mood, action=wish.action, accessories=worn)))]
    phrases = lexicon().phrases
    words += [
        phrases[slot, chosen]
        for slot in ("place", "weather", "season", "time")
        if (chosen := getattr(wish, slot)) is not None
    ]
    return ", ".join(words)  # a comma keeps each phrase from being the object of the verb before it


def _apart(wish: WishBody, words: str) -> str:
    """ "blue whale" names a kind of its own: a whale that shall be blue is "a blue coloured whale"."""
    book = lexicon()
    animal = book.animals[wish.animal]
    for noun in (animal.plural, animal.id):
        if wish.colour and book.find(tuple(tokens(f"{wish.colour} {noun}"))):
            words = words.replace(f"{wish.colour} {noun}", f"{wish.colour} coloured {noun}")
    return words


def _chinese(wish: WishBody) -> str:
    animal = lexicon().animals[wish.animal]

    def said(slot: str, ident: str | None) -> str:
        return "" if ident is None else lexicon().chinese[slot, ident]

    before = [said("look", wish.look), said("mood", wish.mood), said("colour", wish.colour)]
    named = "".join(f"{word}的" for word in before if word) + animal.chinese
    when = said("season", wish.season) + said("time", wish.time)
    where = said("place", wish.place)
    behind = "" if where.endswith(PLACED) else "上" if wish.place in ON else "里"
    where = f"在{where}{behind}" if where else ""
    main = f"{NUMBERS[wish.count]}{animal.measure}{named}{where}{said('action', wish.action)}"
    parts = [
        main,
        f"戴着{said('accessory', wish.accessory)}" if wish.accessory else "",
        said("weather", wish.weather),
        when,
    ]
    return "，".join(part for part in parts if part)
