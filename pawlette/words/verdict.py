"""A sentence under judgement: its pieces, what the rules took away, and how words stand to each other.

Knows the grammar that the rules of the gate need; decides nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pawlette.words.lexicon import lexicon
from pawlette.words.sentence import Piece

SMALL_TALK = ("filler", "colour", "look", "mood", "baby", "small", "one", "two", "three", "many", "young")
INSIDE = frozenset(
    {"in", "into", "inside", "within", "on", "onto", "on top of", "里", "里面", "中", "上", "上面", "内"}
)


class Unfit(Exception):
    """The sentence is not fit for a child's picture, for the reason that the code names."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Sentence:
    """The pieces under judgement: what the rules took away, and what they rewrote."""

    pieces: tuple[Piece, ...]
    gone: set[int] = field(default_factory=set)  # indices taken away, to be named
    hidden: set[int] = field(default_factory=set)  # indices taken away that `notes` speak of
    notes: list[tuple[str, str]] = field(default_factory=list)  # (kind of change, the words)

    def where(self, *slots: str) -> list[int]:
        return [
            i for i, piece in enumerate(self.pieces) if piece.has(*slots) and i not in self.gone | self.hidden
        ]

    def any(self, *slots: str) -> bool:
        return bool(self.where(*slots))

    def after(self, start: int, skip: tuple[str, ...] = SMALL_TALK, stops: bool = True) -> int | None:
        """The next piece that is not small talk; none beyond a stop."""
        for i in range(start + 1, len(self.pieces)):
            piece = self.pieces[i]
            if stops and piece.has("stop"):
                return None
            if not piece.has(*skip) or piece.has("animal", "name", "thing", "part"):
                return i
        return None

    def before(self, start: int, skip: tuple[str, ...] = SMALL_TALK) -> int | None:
        for i in range(start - 1, -1, -1):
            if self.pieces[i].has("stop"):
                return None
            if not self.pieces[i].has(*skip) or self.pieces[i].has("animal", "name", "thing", "part"):
                return i
        return None

    def kinds(self) -> set[str]:
        """The ids of the animals that are named."""
        return {animal for i in self.where("animal", "name") if (animal := animal_id(self.pieces[i]))}

    def has_action(self, *ids: str) -> bool:
        return any(meaning.id in ids for i in self.where("action") for meaning in self.pieces[i].meanings)

    def eats(self, i: int) -> bool:
        piece = self.pieces[i]
        return piece.has("eat") or any(meaning.id == "eating" for meaning in piece.meanings)

    def has_meal(self) -> bool:
        """Whether somebody eats, cooks or carries food that is no animal."""
        food = any(lexicon().kinds[meaning.id] in ("food", "drink") for i in self.where("thing")
                   for meaning in self.pieces[i].meanings if meaning.slot == "thing")  # fmt: skip
        return food or self.has_action(
            "cooking", "eating", "drinking", "having a tea party", "having a picnic", "helping"
        )

    def hide(self, *indices: int | None) -> None:
        self.hidden.update(i for i in indices if i is not None)

    def note(self, kind: str, words: str) -> None:
        if (kind, words) not in self.notes:
            self.notes.append((kind, words))


def animal_id(piece: Piece) -> str | None:
    meaning = piece.get("animal") or piece.get("name")
    return meaning.id if meaning else None


def group_of(kind: str) -> str:
    """The group path of an animal id."""
    return lexicon().animals[kind].group


def slot_ids(sentence: Sentence, slot: str) -> set[str]:
    return {
        meaning.id
        for i in sentence.where(slot)
        for meaning in sentence.pieces[i].meanings
        if meaning.slot == slot
    }


def denial_of(sentence: Sentence, i: int) -> int | None:
    """The one negation right before a word, where the whole sentence has no other."""
    negations = sentence.where("no")
    near = sentence.before(i)
    return near if len(negations) == 1 and near == negations[0] else None


def deny(sentence: Sentence, no: int, what: int) -> None:
    joint = "" if not sentence.pieces[no].text.isascii() else " "
    words = (
        sentence.pieces[no].text if no == what else joint.join(p.text for p in sentence.pieces[no : what + 1])
    )
    sentence.hide(*range(no, what + 1))
    sentence.note("left out", words)


def in_or_on(sentence: Sentence, i: int) -> bool:
    """Whether something is in or on piece i, and that something is no food."""
    piece = sentence.pieces[i]
    near, follows = sentence.before(i), i + 1
    if not piece.text.isascii():
        return follows < len(sentence.pieces) and sentence.pieces[follows].text in INSIDE
    if near is None or sentence.pieces[near].text not in INSIDE:
        return False
    holder = sentence.before(near)
    return holder is None or not sentence.pieces[holder].has("thing", "stove")
