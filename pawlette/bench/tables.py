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
    """Aligned columns, the first to the left, the others to the right; what a short row says widens none of them."""
    lines = [head, *rows]
    whole = [line for line in lines if len(line) == len(head)]
    widths = [max(_width(line[column]) for line in whole) for column in range(len(head))]
    widths[0] = max(_width(line[0]) for line in lines)
    return "\n".join(_line(line, widths if len(line) == len(head) else widths[:1]) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        _padded(cell, widths[place], left=place == 0) for place, cell in enumerate(cells[: len(widths)])
    ]
    return "  ".join([*aligned, *cells[len(widths) :]]).rstrip()


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
