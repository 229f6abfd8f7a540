"""Rules on feelings: fright, tears, laughter. A small fear that ends well is left out, and the rest is drawn."""

from __future__ import annotations

from pawlette.words.rules_meals import PEOPLE
from pawlette.words.sentence import spelt
from pawlette.words.verdict import Sentence, Unfit, denial_of, deny, slot_ids

LAUGHED_AT = PEOPLE | {"him", "her", "it", "them", "me", "you", "us", "by"}


def small_fears(sentence: Sentence) -> None:
    """ "afraid of the big wave, but her mother held her": the fear goes, with what it was about."""
    for i in sentence.where("fear"):
        end = _end_of_fear(sentence, i)
        if denial_of(sentence, i) is None and any(
            piece.has("comfort", "mood") for piece in sentence.pieces[end:]
        ):
            span = [j for j in range(i, end) if not sentence.pieces[j].has("animal", "name")]
            sentence.hide(*span)
            sentence.note("fear", _said(sentence, i, end))


def _end_of_fear(sentence: Sentence, i: int) -> int:
    """The first piece after the fear that begins something else: a stop, or a word of comfort."""
    for j in range(i + 1, len(sentence.pieces)):
        piece = sentence.pieces[j]
        unknown = not piece.known and piece.text.isascii()
        if unknown or piece.has("stop", "comfort", "join", "with"):
            return j
    return len(sentence.pieces)


def _said(sentence: Sentence, start: int, end: int) -> str:
    return spelt(tuple(piece.text for piece in sentence.pieces[start:end]))


def laughter(sentence: Sentence) -> None:
    """Laughing at a joke is merry; laughing at somebody is not."""
    for i in sentence.where("laugh"):
        target = sentence.after(i)
        at_animal = target is not None and sentence.pieces[target].has("animal", "name", "part")
        nobody = i + 1 == len(sentence.pieces) and sentence.pieces[i].text.endswith(" at")
        if nobody or at_animal or _followed_by(sentence, i, LAUGHED_AT):
            raise Unfit("cruelty")


def _followed_by(sentence: Sentence, i: int, words: frozenset[str]) -> bool:
    return i + 1 < len(sentence.pieces) and sentence.pieces[i + 1].text in words


def frights(sentence: Sentence) -> None:
    """One spooky word becomes friendly; with darkness, great size, tears or another it is too much."""
    spooky = [i for i in sentence.where("spooky", "fear")]
    for i in list(spooky):
        denial = denial_of(sentence, i)
        if denial is not None:
            deny(sentence, denial, i)
            spooky.remove(i)
    dark = sentence.any("dark")
    company = (
        dark
        or sentence.any("huge", "cry", "part", "mouth")
        or slot_ids(sentence, "place") & {"window", "bedroom"}
    )
    if (
        (spooky and company)
        or len({sentence.pieces[i].text for i in spooky}) > 1
        or (dark and sentence.any("cry", "huge"))
    ):
        raise Unfit("scary")
    if (
        sentence.any("huge")
        and slot_ids(sentence, "place") & {"bedroom"}
        and slot_ids(sentence, "time") & {"night"}
    ):
        raise Unfit("scary")
    for i in spooky:
        sentence.hide(i)
        sentence.note("friendly", sentence.pieces[i].text)
    for i in sentence.where("dark"):
        sentence.gone.add(i)
    for i in sentence.where("huge"):
        sentence.hide(i)
        sentence.note("big", sentence.pieces[i].text)


def tears(sentence: Sentence) -> None:
    """Crying becomes looking a little sad; crying while others laugh is bullying."""
    for i in sentence.where("cry"):
        if slot_ids(sentence, "mood") & {"laughing"}:
            raise Unfit("cruelty")
        sentence.hide(i)
        sentence.note("sad", sentence.pieces[i].text)
