"""Which of its meanings a piece has in its sentence, judged by its neighbours. Fills nothing.

"orange" before a noun is a colour, alone a fruit; "dance" after an article is a noun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pawlette.words.lexicon import Meaning
from pawlette.words.sentence import Piece
from pawlette.words.verdict import SMALL_TALK, Sentence

VERBS = ("wear", "hold", "eat", "with")
NOUNS = ("animal", "name", "accessory", "thing", "place", "colour")
BEFORE_NOUNS = (*VERBS, "prep", "colour", "look", "mood", "small", "baby", "one", "two", "three", "many")
NOT_ADJECTIVES = ("place", "weather", "thing", "style", "action", "mood")
NOT_ACTIONS = ("accessory", "thing", "place", "weather", "mood")
OWNERS = frozenset({"'s", "its", "his", "her", "my", "our", "their", "your", "this", "that"})
ORDER = (
    "animal", "name", "style", "accessory", "thing", "place", "weather", "season", "time", "mood", "action",
    "colour", "look", "one", "two", "three", "many", "baby", "small", "wear", "hold", "eat", "with", "join",
    "filler", "prep", "skip",
)  # fmt: skip
"""The slot that wins where no neighbour decides."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece with several meanings, between its neighbours."""

    piece: Piece
    behind: Piece | None  # the piece right before
    near: Piece | None  # the next piece that is no filler
    noun: Piece | None  # the next one that is no adjective, either

    @property
    def before_noun(self) -> bool:
        return self.near is not None and self.near.has(*NOUNS, "baby", "small", "look")

    @property
    def after_article(self) -> bool:
        return self.behind is not None and (
            self.behind.text in ("a", "an", "the") or self.behind.has(*BEFORE_NOUNS)
        )


def choose(sentence: Sentence, i: int) -> Meaning | None:
    """The one meaning that a piece has here; None for an unknown word."""
    piece = sentence.pieces[i]
    if len(piece.meanings) < 2:
        return piece.meanings[0] if piece.meanings else None
    near, noun = (sentence.after(i, skip) for skip in (("filler",), SMALL_TALK))
    behind = sentence.pieces[i - 1] if i else None
    word = Word(piece, behind, *(None if at is None else sentence.pieces[at] for at in (near, noun)))
    return next((meaning for rule in RULES if (meaning := rule(word))), None) or min(
        piece.meanings, key=_rank
    )


def _rank(meaning: Meaning) -> int:
    return ORDER.index(meaning.slot) if meaning.slot in ORDER else len(ORDER)


def _animal_or_action(word: Word) -> Meaning | None:
    """ "a duck", "to duck"."""
    piece = word.piece
    if not (piece.has("animal") and piece.has("action")):
        return None
    before = word.behind
    noun = word.after_article or before is None or before.has("join") or before.text in OWNERS
    return piece.get("animal" if noun else "action")  # "a fox and a crow", "his crow"


def _adjective_or_noun(word: Word) -> Meaning | None:
    """ "an orange cat", "an orange"."""
    piece = word.piece
    for slot in ("colour", "look"):
        if piece.has(slot) and piece.has(*NOT_ADJECTIVES):
            other = next(meaning for meaning in piece.meanings if meaning.slot != slot)
            return piece.get(slot) if word.before_noun else other
    return None


def _action_or_noun(word: Word) -> Meaning | None:
    """ "cats swing", "a swing"."""
    piece = word.piece
    if not (piece.has("action") and piece.has(*NOT_ACTIONS)):
        return None
    return next(meaning for meaning in piece.meanings if (meaning.slot == "action") != word.after_article)


def _style_or_object(word: Word) -> Meaning | None:
    """ "a crayon picture", "holding a crayon"."""
    piece = word.piece
    if not (piece.has("style") and piece.has("thing", "action")):
        return None
    held = word.behind is not None and word.behind.has(*VERBS)
    return next(meaning for meaning in piece.meanings if (meaning.slot == "style") != held)


def _hold_or_action(word: Word) -> Meaning | None:
    """ "riding a red bike", "riding"; "flying in a balloon", "flying in a blue sky"."""
    piece = word.piece
    if not (piece.has("hold") and piece.has("action", "take")):
        return None
    noun = word.noun or word.near
    if noun is not None and noun.has("thing", "colour"):
        return piece.get("hold")
    return piece.get("action") or piece.get("hold")


def _meal(word: Word) -> Meaning | None:
    """ "eating" is an action of its own, and a verb that takes an object."""
    return word.piece.get("action") if word.piece.has("eat") else None


RULES: tuple[Callable[[Word], Meaning | None], ...] = (
    _animal_or_action, _adjective_or_noun, _action_or_noun, _style_or_object, _hold_or_action, _meal,
)  # fmt: skip
"""The first that knows the answer gives it."""
