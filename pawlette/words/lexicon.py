"""The words that Pawlette knows, in English and Chinese, read once from `data/`. Knows nothing of sentences.

A key is a tuple of tokens: a Latin word is one token and a Chinese character is one token, so that both
languages are looked up in the same way. One key may have several meanings ("orange" is a colour and a fruit).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
WORN, HELD = "accessory", "thing"
SLOTS = {
    "colour": "colours", "look": "looks", "mood": "moods", "action": "actions", "accessory": "accessories",
    "thing": "things", "place": "places", "weather": "weather", "season": "seasons", "time": "times",
    "style": "styles",
}  # fmt: skip
"""Slot -> data file. A thing is what an action holds or eats: the Scene carries it inside its action."""
TOKEN = re.compile(r"[a-z]+|'s|[0-9]+|[^\sa-z0-9]")
POSSESSIVE = re.compile(r"(?:(?<=[a-z])|^)'s(?![a-z])")
IS = re.compile(r"\b(it|he|she|that|what|who|there|here|let|where)'s\b")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning of a word: the slot (or the role in a sentence), the id, and how the word stands."""

    slot: str
    id: str
    plural: bool = False
    young: bool = False


@dataclass(frozen=True, slots=True)
class Animal:
    """What the lexicon holds about an animal. `group` is a path, "mammal/cat", for finding the nearest."""

    id: str
    plural: str
    chinese: str
    group: str
    cover: str  # fur, wool, feathers, scales, skin, shell, spines or wings
    measure: str  # the Chinese measure word
    young: str | None = None  # "kitten"
    young_plural: str | None = None
    young_chinese: str | None = None


def tokens(text: str) -> list[str]:
    """Lower-case words, digit runs, and every other sign alone. Hyphens part; apostrophes bind ("don't"), but
    a possessive is a token of its own, so that "a monkey's hat" holds one monkey and no monkeys."""
    text = IS.sub(r"\1s", text.replace("’", "'").replace("-", " "))
    marked = POSSESSIVE.sub("\0", text).replace("'", "").replace("\0", "'s")
    return TOKEN.findall(marked)


def plural_of(noun: str) -> str:
    """The regular English plural."""
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", noun) else noun + "s"


def rows(name: str) -> Iterator[list[str]]:
    """The data lines of a file, split at tabs."""
    for line in (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("\t")]


def listed(cell: str) -> list[str]:
    """The words of a comma-separated cell."""
    return [word.strip() for word in cell.split(",") if word.strip()]


def verb_forms(base: str) -> list[str]:
    """ "hop up" -> hop up, hops up, hopping up, hopped up; a leading = keeps the words as they are."""
    if base.startswith("="):
        return [base[1:]]
    verb, _, rest = base.partition(" ")
    tail = f" {rest}" if rest else ""
    return [form + tail for form in (verb, _third(verb), _ing(verb), _past(verb))]


def _third(verb: str) -> str:
    return verb + "es" if verb in ("go", "do") else plural_of(verb)


def _doubles(verb: str) -> bool:
    return bool(re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb))


def _ing(verb: str) -> str:
    if verb in ("lie", "tie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe")):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if _doubles(verb) else "") + "ing"


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + (verb[-1] if _doubles(verb) else "") + "ed"


class Lexicon:
    """Every known word. `find` looks a key up; the tables answer questions about ids."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, ...], list[Meaning]] = {}
        self.longest = 1
        self.animals: dict[str, Animal] = {}
        self.phrases: dict[tuple[str, str], str] = {}  # (slot, id) -> "in a meadow", or a thing's article
        self.chinese: dict[tuple[str, str], str] = {}  # (slot, id) -> its first Chinese name
        self.kinds: dict[str, str] = {}  # thing -> "food", "toy" …
        self._load_animals()
        for slot, name in SLOTS.items():
            self._load_slot(slot, name)
        for name in ("roles", "hurts", "harm"):
            self._load_roles(name)
        for animal, english, chinese in rows("names"):
            self._add_all(Meaning("name", animal), [*listed(english), *listed(chinese)])

    @property
    def colours(self) -> tuple[str, ...]:
        return tuple(ident for slot, ident in self.chinese if slot == "colour")

    def find(self, key: tuple[str, ...]) -> list[Meaning]:
        return self.keys.get(key, [])

    def add(self, words: str, meaning: Meaning) -> None:
        """One way to write a meaning; a possessive may be written without its apostrophe, too."""
        self._add_key(tuple(tokens(words.lower())), meaning)
        if "'s" in words:
            self._add_key(tuple(tokens(words.lower().replace("'s", "s"))), meaning)

    def _add_key(self, key: tuple[str, ...], meaning: Meaning) -> None:
        known = self.keys.setdefault(key, [])
        if all((old.slot, old.id) != (meaning.slot, meaning.id) for old in known):
            known.append(meaning)
            self.longest = max(self.longest, len(key))

    def _add_all(self, meaning: Meaning, words: Iterable[str]) -> None:
        for word in words:
            self.add(word, meaning)

    def _add_noun(self, slot: str, ident: str, cell: str, young: bool = False) -> tuple[str, str]:
        """Add "mouse/mice" with its plural; answers with both."""
        single, _, many = cell.partition("/")
        many = many or plural_of(single)
        self.add(single, Meaning(slot, ident, young=young))
        self.add(many, Meaning(slot, ident, plural=True, young=young))
        return single, many

    def _load_animals(self) -> None:
        young = {row[0]: row for row in rows("young")}
        for first, others, chinese, group, cover, measure in rows("animals"):
            ident = first.partition("/")[0]
            _, plural = self._add_noun("animal", ident, first)
            for cell in listed(others):
                self._add_noun("animal", ident, cell)
            self._add_all(Meaning("animal", ident), listed(chinese))
            youth = self._load_young(ident, young.get(ident))
            self.animals[ident] = Animal(ident, plural, listed(chinese)[0], group, cover, measure, *youth)

    def _load_young(self, ident: str, row: list[str] | None) -> tuple[str | None, str | None, str | None]:
        if row is None:
            return None, None, None
        named = [self._add_noun("animal", ident, cell, young=True) for cell in listed(row[1])]
        self._add_all(Meaning("animal", ident, young=True), listed(row[2]))
        return *named[0], listed(row[2])[0]

    def _load_slot(self, slot: str, name: str) -> None:
        for ident, english, chinese, *rest in rows(name):
            words = (
                [form for base in listed(english) for form in verb_forms(base)]
                if slot == "action"
                else listed(english)
            )
            self._add_all(Meaning(slot, ident), [ident, *words])
            colours = [f"{word}色" for word in listed(chinese)] if slot == "colour" else []
            self._add_all(Meaning(slot, ident), [*colours, *listed(chinese)])
            self.chinese[slot, ident] = (colours or listed(chinese))[0]
            if slot == "thing":
                self.kinds[ident] = rest[0]
            if rest:
                self.phrases[slot, ident] = rest[-1]

    def _load_roles(self, name: str) -> None:
        for ident, english, chinese in rows(name):
            if ident == "hurt":
                self._load_verbs_of_hurt(listed(english))
                english = ""
            slot = "harm" if name == "harm" else ident
            self._add_all(Meaning(slot, ident), [*listed(english), *listed(chinese)])

    def _load_verbs_of_hurt(self, verbs: list[str]) -> None:
        """Each form says whether somebody does it ("nailing") or suffers it, perhaps ("nailed")."""
        for base in verbs:
            *active, participle = verb_forms(base)
            self._add_all(Meaning("hurt", "active"), active)
            self.add(participle, Meaning("hurt", "active" if participle.endswith("ing") else "passive"))


@functools.cache
def lexicon() -> Lexicon:
    """The one lexicon, read when it is first asked for."""
    return Lexicon()


def animals() -> tuple[str, ...]:
    """The ids of all animals."""
    return tuple(lexicon().animals)


def name(animal: str, language: str = "en") -> str:
    """What people call it: "polar bear", 北极熊."""
    return lexicon().animals[animal].chinese if language == "zh" else animal


def nearest(animal: str, among: Iterable[str]) -> tuple[str, ...]:
    """Up to three of `among` that are most like the animal: same group first, then the same cover."""
    table = lexicon().animals
    own = table[animal]
    offered = [other for other in among if other in table]
    return tuple(sorted(offered, key=lambda other: -_likeness(own, table[other]))[:3])


def _likeness(one: Animal, other: Animal) -> float:
    shared = 0
    for a, b in zip(one.group.split("/"), other.group.split("/"), strict=False):
        if a != b:
            break
        shared += 2
    tail = (
        1 if one.group.split("/")[-1] == other.group.split("/")[-1] else 0
    )  # fantasy/horse is near mammal/horse
    return 10 * (one.id == other.id) + shared + tail + 0.5 * (one.cover == other.cover)
