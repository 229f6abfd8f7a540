"""How far one stage asks ahead of the device: some steps, so that the device never waits for it; and no more, so that
what is told of a step is true when it is told, and a job that is cancelled takes few steps more. Knows no model.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pawlette.device import Mark, is_done, wait_for

MOST = 2  # steps: one that runs, and the one behind it
Owner = TypeVar("Owner")


class Lead(Generic[Owner]):
    """The steps that were asked for and may not be done. `tell` hears of each row's, in their order, once it is."""

    def __init__(self, tell: Callable[[Owner, int], object]) -> None:
        self._tell = tell
        self._open = deque[tuple[Mark, Sequence[tuple[Owner, int]]]]()

    def asked(self, mark: Mark, rows: Sequence[tuple[Owner, int]]) -> None:
        """One more, done at the mark, which brings these rows so far; waits where too many are open."""
        self._open.append((mark, rows))
        self.look()
        while len(self._open) > MOST:
            self._close()

    def look(self) -> bool:
        """Tell of what is done by now; whether something is still open."""
        while self._open and is_done(self._open[0][0]):
            self._close()
        return bool(self._open)

    def _close(self) -> None:
        mark, rows = self._open.popleft()
        wait_for(mark)
        for owner, at in rows:
            self._tell(owner, at)
