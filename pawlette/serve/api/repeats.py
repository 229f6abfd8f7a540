"""Requests that a client repeats by itself after a lost connection, without an idempotency key. Knows no HTTP.

The OpenAI SDK does so. A repetition gets the pictures of the first time, unless these were given up, or arrived a
while ago.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

MOST = 5_000
LONGEST = 900.0  # seconds for which a repetition is recognised
SENT = 30.0  # the same, once the answer went out: it may have been lost on its way


class Repeats:
    """Remembers the key under which the last request with a body was accepted, for each owner; and who waits."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._given = OrderedDict[tuple[str, str], tuple[str, float]]()  # -> key, until when
        self._waiting = Counter[str]()
        self._lock = threading.Lock()

    def key(self, owner: str, digest: str, *, repeated: bool) -> str:
        """An idempotency key: the one of the first time for a repetition, else a new one."""
        with self._lock:
            key, until = self._given.pop((owner, digest), ("", 0.0))
            now = self._clock()
            if not repeated or until < now:
                key, until = f"request:{secrets.token_hex(16)}", now + LONGEST
            self._given[owner, digest] = key, until
            while len(self._given) > MOST:
                self._given.popitem(last=False)
            return key

    def sent(self, owner: str, digest: str, key: str) -> None:
        self._until(owner, digest, key, SENT)

    def given_up(self, owner: str, digest: str, key: str) -> None:
        self._until(owner, digest, key, -1.0)

    def _until(self, owner: str, digest: str, key: str, seconds: float) -> None:
        with self._lock:
            if self._given.get((owner, digest), ("", 0.0))[0] == key:
                self._given[owner, digest] = key, self._clock() + seconds

    @contextmanager
    def waiting(self, request: str) -> Iterator[Callable[[], bool]]:
        """While somebody waits for a request's pictures; the call says whether nobody else does."""
        with self._lock:
            self._waiting[request] += 1
        try:
            yield lambda: self._waiting[request] == 1
        finally:
            with self._lock:
                self._waiting[request] -= 1
                if not self._waiting[request]:
                    del self._waiting[request]

    def awaited(self) -> tuple[str, ...]:
        """The requests whose pictures somebody waits for."""
        with self._lock:
            return tuple(self._waiting)
