"""A Scene in the making: what has been understood so far, and the adjectives that wait for their noun.

Knows creatures, counts and clauses; knows no sentence and chooses no meanings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pawlette.words.lexicon import lexicon
from pawlette.words.scene import Creature

MOST = 3
ARTICLE = re.compile(" (a|an|the)$")  # at the end of a verb that takes one: "hugging a"


@dataclass
class Filling:
    """The slots so far, what was dropped, and what was rewritten on the way."""

    language: str
    creatures: list[Creature] = field(default_factory=list)
    guessed: list[bool] = field(default_factory=list)  # whether a count comes from a bare plural
    single: dict[str, str] = field(default_factory=dict)
    action: str | None = None
    action_words: str = ""  # with which it was said, while it may still be replaced
    accessories: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # those of them that are no words of the lexicon
    notes: list[tuple[str, str]] = field(default_factory=list)
    colour: str | None = None  # adjectives that wait for their noun
    looks: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # the words of those adjectives
    count: int | None = None
    count_words: str = ""
    baby: bool = False
    small: bool = False
    joined: bool = False  # "and" or "with" stands before
    verb: str | None = None  # the verb that waits for its object
    verb_words: str = ""  # to be named where it finds none; "" where nothing is lost by that

    def drop(self, words: str) -> None:
        if words and words not in self.dropped:
            self.dropped.append(words)

    def expect(self, verb: str | None, words: str = "") -> None:
        """A verb waits for its object from now on; one that waited before will find none any more."""
        self.let_go()
        self.verb, self.verb_words = verb, words

    def let_go(self) -> None:
        """The verb that waits finds no object: it is named."""
        self.drop(ARTICLE.sub("", self.verb_words))
        self.verb, self.verb_words = None, ""

    def drop_count(self) -> None:
        """What was counted is drawn once, or not at all."""
        if self.count and self.count > 1:
            self.drop(self.count_words)
        self.count = None


def add_creature(filling: Filling, creature: Creature, guessed: bool, words: str) -> None:
    """One more kind; the same kind named again ("the little bear … he is a bear") is the same animal."""
    for i, old in enumerate(filling.creatures):
        if _is_same(old, creature, filling.joined):
            looks = tuple(dict.fromkeys(old.looks + creature.looks))
            filling.creatures[i] = replace(old, colour=old.colour or creature.colour, looks=looks)
            return
    if len(filling.creatures) == MOST:
        for lost in (*filling.waiting, words):
            filling.drop(lost)
        return
    filling.creatures.append(creature)
    filling.guessed.append(guessed)


def _is_same(old: Creature, new: Creature, joined: bool) -> bool:
    if old.animal != new.animal or (old.baby != new.baby and (joined or new.count > 1)):
        return False
    return new.colour in (None, old.colour) or old.colour is None


def flush(filling: Filling) -> None:
    """The end of a clause: a colour without a noun belongs to the animal before it ("the cat is pink")."""
    if filling.verb in ("with", "hold"):  # "a lamb with mint": no colour of the animal's
        for words in filling.waiting:
            filling.drop(words)
        filling.colour, filling.looks, filling.waiting = None, [], []
    if filling.creatures and (filling.colour or filling.looks):
        last = filling.creatures[-1]
        if last.colour and filling.colour not in (None, last.colour):  # it has a colour already
            for words in filter(_is_colour, filling.waiting):
                filling.drop(words)
        looks = tuple(dict.fromkeys(last.looks + tuple(filling.looks)))
        filling.creatures[-1] = replace(last, colour=last.colour or filling.colour, looks=looks)
        filling.drop_count()
        settle(filling)
    if filling.baby and filling.creatures:
        _add_baby(filling)
    filling.drop_count()
    filling.let_go()
    filling.baby, filling.joined = False, False


def _add_baby(filling: Filling) -> None:
    """ "a kangaroo and her baby"."""
    if filling.joined:
        add_creature(filling, Creature(filling.creatures[-1].animal, baby=True), False, "baby")
    else:
        filling.drop("baby")


def settle(filling: Filling) -> None:
    """The waiting words found their noun."""
    filling.colour, filling.looks, filling.waiting = None, [], []
    filling.let_go()
    filling.count, filling.baby, filling.small, filling.joined = None, False, False, False


def drop_adjectives(filling: Filling, colour: bool = False) -> None:
    """A noun that takes no looks ("a tiny hat"): they are named. Colours go too where nothing is coloured."""
    for words in filling.waiting:
        if colour or not _is_colour(words):
            filling.drop(words)
    filling.drop_count()
    filling.looks, filling.waiting, filling.small = [], [], False
    if colour:
        filling.colour = None


def _is_colour(words: str) -> bool:
    book = lexicon()
    return any(
        meaning.slot == "colour" and meaning.id in book.colours for meaning in book.find(tuple(words.split()))
    )


def drop_with_adjectives(filling: Filling, words: str) -> None:
    """What is not drawn goes with the adjectives before it."""
    drop_adjectives(filling, colour=True)
    filling.drop(words)


def fit_counts(filling: Filling) -> None:
    """At most three animals in all: bare plurals give way first, then the largest count."""
    creatures = filling.creatures
    while sum(creature.count for creature in creatures) > MOST:
        several = [i for i, creature in enumerate(creatures) if creature.count > 1]
        guessed = [i for i in several if filling.guessed[i]]
        i = (guessed or sorted(several, key=lambda j: -creatures[j].count))[0]
        creatures[i] = replace(creatures[i], count=creatures[i].count - 1)
        if not guessed and not any(kind == "three" for kind, _ in filling.notes):
            filling.notes.append(("three", creatures[i].animal))
