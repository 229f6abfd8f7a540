"""What each kind of word does to the Scene in the making: one small function a slot. Chooses no meanings.

Adjectives wait for the next noun; a verb waits for its object. What finds no slot is named as dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pawlette.words.filling import (
    MOST,
    Filling,
    add_creature,
    drop_adjectives,
    drop_with_adjectives,
    flush,
    settle,
)
from pawlette.words.lexicon import Meaning, lexicon
from pawlette.words.prompt import with_article
from pawlette.words.scene import Creature
from pawlette.words.sentence import Piece

COUNTS = {"one": 1, "two": 2, "three": 3, "many": 4}
YOUNG_GROUPS = ("mammal", "bird", "reptile", "fantasy", "sea/mammal", "amphibian")
"""Groups whose 小 form means a young one; elsewhere (bees, crabs) it means a tiny one."""
MOST_LOOKS = 3
RIDING = frozenset({"on", "in", "在"})
COATS = frozenset(
    [
        "fur",
        "feathers",
        "coat",
        "wings",
        "hair",
        "wool",
        "scales",
        "羽毛",
        "毛",
        "皮毛",
        "毛发",
        "鳞片",
        "翅膀",
    ]
)
CONNECTIVES = frozenset(
    ["but", "until", "then", "so", "now", "after", "later", "together", "可是", "但是", "但", "后来", "然后",
     "不过", "终于", "陪着", "陪", "朋友们"]
)  # fmt: skip
"""Words of comfort that say nothing which could be drawn or left out."""
UNDRAWN = ("skip", "liquid", "leak", "mouth", "take", "hunt", "no", "hurt", "tool", "goods", "make", "hide",
           "bones", "crockery", "garnish")  # fmt: skip
"""Roles of words that are understood and not drawn."""
VAGUE = ("eating", "drinking", "playing", "playing music", "reading a book", "building", "looking around",
         "hugging", None)  # fmt: skip
"""Actions that an action with an object replaces."""
EXPECTS = {
    "eating": "eat",
    "drinking": "eat",
    "playing": "playing",
    "playing music": "playing",
    "building": "build",
    "hugging": "hugging",
}
"""Action -> the verb that may yet find its object."""
OBJECTS = (
    (("eat", "eating"), ("food",), "eating"),
    (("eat", "eating"), ("drink",), "drinking"),
    (("playing",), ("toy",), "playing with"),
    (("playing", "playing music", "hold", "with"), ("instrument",), "playing"),
    (("hold", "with", "ride"), ("vehicle",), "riding"),
    (("hold", "with", "build"), ("build",), "building"),
    (("hold", "with", "wear", "hugging"), ("food", "drink", "toy", "instrument", "book", "object", "flower"),
     "holding"),
)  # fmt: skip
"""(verbs, kinds of thing, what the action says of them): the first that fits."""


def animal(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """An animal takes the count and the adjectives that waited for it."""
    group = lexicon().animals[meaning.id].group
    young = meaning.young or filling.baby or (filling.small and group.startswith(YOUNG_GROUPS))
    looks = list(dict.fromkeys(filling.looks + (["tiny"] if filling.small and not young else [])))
    count = filling.count or (2 if meaning.plural else 1)
    if count > MOST:
        filling.notes.append(("three", piece.text))
    if meaning.slot == "name":
        filling.notes.append(("name", f"{piece.text}|{meaning.id}"))
    creature = Creature(meaning.id, min(count, MOST), young, filling.colour, tuple(looks))
    add_creature(filling, creature, filling.count is None and meaning.plural, piece.text)
    settle(filling)


def colour(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A second colour before one noun is dropped."""
    if filling.colour:
        filling.drop(piece.text)
        return
    filling.colour = meaning.id
    filling.waiting.append(piece.text)


def look(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """Up to three looks; "cute" says nothing, since every style is cute already."""
    if meaning.id == "cute":
        return
    if len(filling.looks) == MOST_LOOKS and meaning.id not in filling.looks:
        filling.drop(piece.text)
        return
    filling.looks = list(dict.fromkeys([*filling.looks, meaning.id]))
    filling.waiting.append(piece.text)


def accessory(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """Something worn, with its colour."""
    bare = not filling.colour or meaning.id.startswith(filling.colour)
    words = meaning.id if bare else f"{filling.colour} {meaning.id}"
    if len(filling.accessories) == MOST and words not in filling.accessories:
        filling.let_go()
        drop_with_adjectives(filling, piece.text)
        return
    filling.colour, filling.verb_words = None, ""
    drop_adjectives(filling)
    filling.accessories = list(dict.fromkeys([*filling.accessories, words]))


def thing(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """The object of the verb that waits, with its colour. Without a verb, or beside another action, it is dropped, and
    the verb with it."""
    words = f"{filling.colour} {meaning.id}" if filling.colour else meaning.id
    said = action_with(filling.verb, lexicon().kinds[meaning.id], words)
    if not said or filling.action not in VAGUE:
        filling.let_go()
        drop_with_adjectives(filling, piece.text)
        return
    filling.colour = None
    drop_adjectives(filling)
    if filling.verb != EXPECTS.get(filling.action or ""):  # another verb's object: what it replaces is named
        filling.drop(filling.action_words)
    filling.action, filling.action_words = said, ""
    filling.verb, filling.verb_words = None, ""


def action_with(verb: str | None, kind: str, words: str) -> str | None:
    """The action of a verb and its object; None where the two do not go together."""
    for verbs, kinds, says in OBJECTS:
        if verb in verbs and kind in kinds:
            return f"{says} {with_article(words)}"
    return None


def action(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """The first action stays, unless it was only "playing"."""
    if filling.action is None or (filling.action == "playing" and meaning.id.startswith("playing")):
        filling.action, filling.action_words = meaning.id, piece.text
        filling.expect(EXPECTS.get(meaning.id))
    elif meaning.id in filling.action:
        filling.expect(EXPECTS.get(meaning.id))
    elif meaning.id in EXPECTS:
        filling.expect(EXPECTS[meaning.id], piece.text)
    else:
        filling.let_go()
        filling.drop(piece.text)


def single(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A slot with one value: place, weather, season, time, mood, style."""
    if meaning.slot != "mood":
        drop_adjectives(filling, colour=True)
        filling.let_go()
    if filling.single.setdefault(meaning.slot, meaning.id) != meaning.id:
        filling.drop(piece.text)


def baby(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """ "baby elephant", 大象宝宝: the word may stand on either side."""
    if filling.creatures and not piece.text.isascii() and not filling.joined:
        filling.creatures[-1] = replace(filling.creatures[-1], baby=True)
    else:
        filling.baby = True


def small(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """小 before a noun."""
    filling.small = True


def stop(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """The end of a clause."""
    flush(filling)


def join(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """ "a red and white cat" keeps its adjectives; "a rabbit and a carrot" holds what comes."""
    filling.joined = True
    if filling.verb is None:
        filling.expect("with")


def verb(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A verb that takes an object, or "with", which says nothing by itself."""
    filling.expect(meaning.slot, "" if meaning.slot == "with" else piece.text)


def preposition(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """ "on a sled" rides it."""
    if piece.text in RIDING:
        filling.expect("ride")


def number(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A count waits for its animal."""
    filling.drop_count()
    filling.count, filling.count_words = COUNTS[meaning.slot], piece.text


def part(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A part of the body is not drawn by itself, but "a parrot with blue feathers" is a blue parrot."""
    if piece.text in COATS and filling.colour and filling.creatures:
        filling.let_go()
        flush(filling)
    else:
        undrawn(filling, piece, meaning)


def undrawn(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A word that is understood and not drawn."""
    drop_with_adjectives(filling, piece.text)


def named(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A word that is not drawn and takes no adjectives along."""
    filling.drop(piece.text)


def comfort(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """What ends a fright: words that only join are nothing to draw, the others are named."""
    if piece.text not in CONNECTIVES:
        filling.drop(piece.text)


def nothing(filling: Filling, piece: Piece, meaning: Meaning) -> None:
    """A word that says nothing by itself."""


HANDLERS: dict[str, Callable[[Filling, Piece, Meaning], None]] = {
    "animal": animal,
    "name": animal,
    "colour": colour,
    "look": look,
    "accessory": accessory,
    "thing": thing,
    "action": action,
    "baby": baby,
    "small": small,
    "stop": stop,
    "join": join,
    "prep": preposition,
    "part": part,
    **dict.fromkeys(("place", "weather", "season", "time", "mood", "style"), single),
    **dict.fromkeys(("wear", "hold", "eat", "with"), verb),
    **dict.fromkeys(COUNTS, number),
    **dict.fromkeys(UNDRAWN, undrawn),
    "gentle": named,
    "comfort": comfort,
    "filler": nothing,
    "passive": nothing,
}
"""Slot or role -> what it does; words of other roles, which no rule of the gate took, are named."""
