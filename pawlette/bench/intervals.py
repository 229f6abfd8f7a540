"""Sets of time as sorted, disjoint (start, end) intervals: unions, differences, parts. Pure; knows no trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[float, float]
Intervals = list[Interval]


def merged(intervals: Iterable[Interval]) -> Intervals:
    """The union: sorted, disjoint, without empty ones."""
    found: Intervals = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def total(intervals: Sequence[Interval]) -> float:
    """The length of disjoint intervals."""
    return sum(end - start for start, end in intervals)


def within(intervals: Sequence[Interval], bounds: Sequence[Interval]) -> Intervals:
    """What two unions have in common."""
    found, i, j = Intervals(), 0, 0
    while i < len(intervals) and j < len(bounds):
        start, end = max(intervals[i][0], bounds[j][0]), min(intervals[i][1], bounds[j][1])
        if end > start:
            found.append((start, end))
        if intervals[i][1] < bounds[j][1]:
            i += 1
        else:
            j += 1
    return found


def minus(intervals: Sequence[Interval], other: Sequence[Interval]) -> Intervals:
    """What of one union does not lie in another."""
    if not intervals:
        return []
    return within(intervals, complement(other, (intervals[0][0], intervals[-1][1])))


def complement(intervals: Sequence[Interval], bounds: Interval) -> Intervals:
    """What of the bounds a union leaves free."""
    found, reached = Intervals(), bounds[0]
    for start, end in intervals:
        if start > reached:
            found.append((reached, min(start, bounds[1])))
        reached = max(reached, end)
        if reached >= bounds[1]:
            break
    if reached < bounds[1]:
        found.append((reached, bounds[1]))
    return [(start, end) for start, end in found if end > start]
