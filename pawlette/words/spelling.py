"""Help with spelling where no animal was understood: the nearest animal name to an unknown word."""

from __future__ import annotations

from collections.abc import Iterator

from pawlette.words.lexicon import lexicon
from pawlette.words.sentence import cut

MOST_TRIED = 20


def corrected(plain: str) -> tuple[str, list[tuple[str, str]]]:
    """The text with misspelt animals put right, and a note on each."""
    notes = []
    for word in _unknown(plain):
        guess = nearest_name(word)
        if guess:
            plain = plain.replace(word, guess)
            notes.append(("spelling", f"{word}|{guess}"))
    return plain, notes


def _unknown(plain: str) -> Iterator[str]:
    words = [
        piece.text
        for piece in cut(plain)
        if not piece.known and piece.text.isascii() and len(piece.text) >= 4
    ]
    yield from words[:MOST_TRIED]


def nearest_name(word: str) -> str | None:
    """The animal name at most one slip away (two in longer words); the first letter may not differ."""
    allowed = 1 if len(word) < 6 else 2
    best: tuple[int, str] | None = None
    for key, meanings in lexicon().keys.items():
        name = key[0]
        close = (
            len(key) == 1 and name[0] == word[0] and abs(len(name) - len(word)) <= allowed and len(name) >= 4
        )
        if close and any(meaning.slot == "animal" for meaning in meanings):
            slips = distance(word, name)
            if slips <= allowed and (best is None or slips < best[0]):
                best = slips, name
    return best[1] if best else None


def distance(a: str, b: str) -> int:
    """Letters added, lost, changed or swapped with a neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
            if older and i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
