"""Tables and figures as text, for pages and for a console. Knows no measurement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A row that is shorter than the head is filled up: it says why there are no figures."""
    full = [[*cells, *[""] * (len(head) - len(cells))] for cells in (head, *rows)]
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in full]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def plain(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            _padded(cell, width, left=column == 0) for column, (cell, width) in enumerate(pairs)
        ).rstrip()
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    )


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    room = " " * (width - _width(text))
    return text + room if left else room + text


def number(value: float | None, places: int = 2) -> str:
    return "–" if value is None else f"{value:,.{places}f}"


def share(value: float | None) -> str:
    """Of a part from 0 to 1."""
    return "–" if value is None else f"{100 * value:.1f} %"


def facts(found: Mapping[str, Any]) -> str:
    """Keys and values as a sentence without a verb."""
    return ", ".join(f"{key} {value}" for key, value in found.items() if value is not None)
