"""A stage on a group of rows, so that an error finds its own row. Knows no stage, no model and no thread.

Each row travels beside its owner: whoever is told what came of it.
"""

import traceback
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar, cast

from pawlette import device as devices
from pawlette.engine.limits import BatchLimit
from pawlette.errors import DrawingFailed

Owner = TypeVar("Owner")
Given = TypeVar("Given")
Made = TypeVar("Made")


def run_group(
    stage: Callable[[Sequence[Given]], Sequence[Made]],
    rows: Sequence[tuple[Owner, Given]],
    limit: BatchLimit,
    key: Hashable = None,
) -> list[tuple[Owner, Made | Exception]]:
    """Each owner with what the stage made of its row, or with the row's own error.

    A group that is too large is cut. One that fails is halved and tried again, down to the row that is at fault; a
    group that found no memory is not tried in this size again.
    """
    if not rows:
        return []
    if len(rows) > (most := limit.of(key)):
        cut = most
    else:
        made = attempt(lambda: list(_measured(stage, rows, limit, key)))
        if not isinstance(made, Exception):
            return list(zip((owner for owner, _ in rows), made, strict=True))
        if starved := devices.is_out_of_memory(made):
            limit.halve(key, len(rows))
        if len(rows) == 1:
            return [(rows[0][0], _too_large(made) if starved else made)]
        cut = len(rows) // 2
    return run_group(stage, rows[:cut], limit, key) + run_group(stage, rows[cut:], limit, key)


def _measured(
    stage: Callable[[Sequence[Given]], Sequence[Made]],
    rows: Sequence[tuple[Owner, Given]],
    limit: BatchLimit,
    key: Hashable,
) -> Sequence[Made]:
    with limit.measuring(key):
        made = stage([given for _, given in rows])
    if len(made) != len(rows):
        raise ValueError(f"a stage was given {len(rows)} rows and made {len(made)}")
    return made


def attempt(act: Callable[[], Made]) -> Made | Exception:
    """What came of it, or the error: it travels on to whoever asked. No frame of the error keeps tensors alive."""
    try:
        return act()
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        return error


def tell(future: Future[Made], outcome: Made | Exception | None) -> None:
    """Give a Future what came of it; nothing, where it was cancelled."""
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(cast(Made, outcome))


@contextmanager
def advised() -> Iterator[None]:
    """Where a picture that is drawn alone finds no memory, DrawingFailed says what may do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if devices.is_out_of_memory(error):
            raise _too_large(error) from None
        raise


def _too_large(error: Exception) -> DrawingFailed:
    first = str(error).partition("\n")[0]
    return DrawingFailed(
        "one picture alone does not fit in this device's memory; a smaller --size, --decoder light or another "
        f"--device may do ({first})"
    )
