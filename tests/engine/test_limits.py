"""Batch limits: given, measured on a first row, or halved where measuring was wrong."""

import pytest

from pawlette.engine.limits import MOST, BatchLimit, Memory


def counted(per_row, free):
    """A device on which a forward needs `per_row` more than the 100 bytes that lie there."""
    calls = []
    return Memory(lambda: 100, lambda: free, lambda: 100 + per_row, lambda: calls.append("forgot")), calls


@pytest.mark.parametrize(
    ("per_row", "free", "limit"), [(10, 100, 8), (10, 5, 1), (0, 100, MOST), (1, 10**9, MOST)]
)
def test_the_first_row_alone_finds_the_limit(per_row, free, limit):
    memory, calls = counted(per_row, free)
    found = BatchLimit(None, memory)
    assert found.of("s") == 1
    with found.measuring("s"):
        pass
    with found.measuring("s"):
        pass
    assert (found.of("s"), found.of("t"), calls) == (limit, 1, ["forgot"])
    found.halve("s", tried=5)
    assert found.of("s") == 2


def test_a_given_number_is_not_measured():
    memory, calls = counted(10, 100)
    given = BatchLimit(3, memory)
    with given.measuring("s"):
        pass
    assert (given.of("s"), calls) == (3, [])
    with pytest.raises(ValueError, match="at least 1"):
        BatchLimit(0, memory)


def test_where_memory_is_not_counted_rows_go_alone():
    alone = BatchLimit(None, Memory.of("cpu"))
    with alone.measuring("s"):
        pass
    assert alone.of("s") == 1


def test_a_forward_that_fails_measures_nothing():
    found = BatchLimit(None, counted(10, 100)[0])
    with pytest.raises(RuntimeError), found.measuring("s"):
        raise RuntimeError("no")
    assert found.of("s") == 1
