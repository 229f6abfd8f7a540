"""Normalised text -> the pieces of a sentence: known words with their meanings, unknown words, stops.

Chinese and English are cut in the same way: the cheapest cut wins, where an unknown token is dear and a
longer known word saves one. Decides nothing about fitness.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pawlette.words.lexicon import Lexicon, Meaning, lexicon, tokens

UNKNOWN_COST = 10
STOP = Meaning("stop", "stop")


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of the sentence with all its meanings; none for an unknown word."""

    text: str
    meanings: tuple[Meaning, ...]

    def has(self, *slots: str) -> bool:
        return any(meaning.slot in slots for meaning in self.meanings)

    def get(self, slot: str) -> Meaning | None:
        return next((meaning for meaning in self.meanings if meaning.slot == slot), None)

    @property
    def known(self) -> bool:
        return bool(self.meanings)


def cut(text: str) -> tuple[Piece, ...]:
    """The pieces of a normalised text."""
    words, book = tokens(text), lexicon()
    best: list[tuple[int, int]] = [(0, 0)] * (
        len(words) + 1
    )  # from here on: (cost, length of the first piece)
    for start in range(len(words) - 1, -1, -1):
        best[start] = min(_choices(words, start, best, book), key=lambda choice: (choice[0], -choice[1]))
    return tuple(_pieces(words, best, book))


def _choices(
    words: list[str], start: int, best: list[tuple[int, int]], book: Lexicon
) -> Iterator[tuple[int, int]]:
    yield UNKNOWN_COST * (not _is_stop(words[start])) + best[start + 1][0], 1
    for length in range(1, min(book.longest, len(words) - start) + 1):
        if book.find(tuple(words[start : start + length])):
            yield 1 + best[start + length][0], length


def _pieces(words: list[str], best: list[tuple[int, int]], book: Lexicon) -> Iterator[Piece]:
    start = 0
    while start < len(words):
        key = tuple(words[start : start + best[start][1]])
        meanings = tuple(book.find(key)) or ((STOP,) if _is_stop(key[0]) else ())
        yield Piece(spelt(key), meanings)
        start += len(key)


def spelt(key: tuple[str, ...]) -> str:
    """The words of a key as people write them: spaces between Latin words only."""
    return (" " if key[0].isascii() else "").join(key).replace(" 's", "'s")


def _is_stop(word: str) -> bool:
    """Punctuation ends a clause and says nothing else; "&" is a word."""
    return word not in ("&", "'s") and unicodedata.category(word[0])[0] in "PZ"
