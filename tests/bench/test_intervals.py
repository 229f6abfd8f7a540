"""Unions, parts and differences of time, held against sets of points."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawlette.bench.intervals import complement, merged, minus, total, within

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted).map(tuple))


def points(intervals):
    return {point for start, end in intervals for point in range(start, end)}


def test_what_touches_is_one():
    assert merged([(3, 4), (0, 1), (1, 2), (5, 5)]) == [(0, 2), (3, 4)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(SPANS, SPANS)
def test_they_are_sets_of_points(one, other):
    a, b = merged(one), merged(other)
    assert points(a) == points(one)
    assert total(a) == len(points(one))
    assert points(within(a, b)) == points(one) & points(other)
    assert points(minus(a, b)) == points(one) - points(other)
    assert points(complement(a, (5, 30))) == set(range(5, 30)) - points(one)
    for found in (a, within(a, b), minus(a, b), complement(a, (5, 30))):
        assert all(start < end for start, end in found)
        assert all(left[1] <= right[0] for left, right in pairwise(found))
