"""The pieces of a sentence that passed the gate -> the slots of a Scene, in one pass from left to right.

Knows the order of the pieces; what each does is in `handlers`, which of its meanings it has in `choice`.
"""

from __future__ import annotations

from dataclasses import replace

from pawlette.words.choice import choose
from pawlette.words.filling import Filling, fit_counts, flush
from pawlette.words.handlers import HANDLERS, named
from pawlette.words.lexicon import Meaning, lexicon
from pawlette.words.scene import Scene
from pawlette.words.sentence import Piece
from pawlette.words.verdict import Sentence

HEADS = frozenset(
    [
        "dog",
        "cat",
        "bear",
        "bird",
        "fish",
        "fox",
        "wolf",
        "horse",
        "cow",
        "sheep",
        "monkey",
        "shark",
        "whale",
        "duck",
        "dinosaur",
        "bunny",
        "mouse",
        "owl",
    ]
)
"""Kinds that may follow a breed: "corgi dog", "golden retriever puppy"."""
YOUNG_ONES = frozenset(
    [
        "cub",
        "cubs",
        "pup",
        "pups",
        "calf",
        "calves",
        "kit",
        "kits",
        "chick",
        "chicks",
        "foal",
        "foals",
        "joey",
        "hatchling",
        "kid",
        "kids",
    ]
)
"""Words for any young animal: "penguin chick", "jaguar cub"."""


def fill(sentence: Sentence, language: str) -> Filling:
    """Go through the sentence once, piece by piece."""
    filling = Filling(language)
    for i, piece in enumerate(sentence.pieces):
        if i in sentence.gone:
            filling.drop(piece.text)
        elif i not in sentence.hidden:
            _take(filling, sentence, i)
    flush(filling)
    fit_counts(filling)
    return filling


def scene_of(filling: Filling) -> Scene:
    """The finished Scene; the filling has at least one creature."""
    single = filling.single
    style = single.get("style")
    return Scene(
        tuple(filling.creatures),
        single.get("mood"),
        filling.action,
        tuple(filling.accessories[:3]),
        single.get("place"),
        single.get("weather"),
        single.get("season"),
        single.get("time"),
        style,
        transparent=style == "sticker",
        language=filling.language,
    )


def _take(filling: Filling, sentence: Sentence, i: int) -> None:
    piece = sentence.pieces[i]
    meaning = choose(sentence, i)
    if meaning and meaning.plural and i and sentence.pieces[i - 1].text in ("a", "an"):
        meaning = replace(meaning, plural=False)  # "a monkeys hat": the apostrophe was forgotten
    if meaning is None:
        filling.drop(piece.text)
        filling.unknown.append(piece.text)
    elif i and sentence.pieces[i - 1].has("animal") and _is_breed(filling, piece, meaning):
        last = filling.creatures[-1]
        baby = last.baby or meaning.young or piece.text in YOUNG_ONES
        filling.creatures[-1] = replace(last, baby=baby)
    else:
        HANDLERS.get(meaning.slot, named)(filling, piece, meaning)


def _is_breed(filling: Filling, piece: Piece, meaning: Meaning) -> bool:
    """Whether this animal only says more about the one before it."""
    if meaning.slot != "animal" or not filling.creatures:
        return False
    before = filling.creatures[-1].animal
    if piece.text in YOUNG_ONES or meaning.id == before:
        return True
    return meaning.id in HEADS and _family(before) == _family(meaning.id)


def _family(kind: str) -> str:
    return lexicon().animals[kind].group.split("/")[-1]
