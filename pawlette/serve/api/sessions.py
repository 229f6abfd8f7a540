"""Browsers that gave a key or the PIN, and for how long. In memory: a restart ends them. Knows no HTTP."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time

MOST = 10_000
QUIET = 12 * 3600.0  # seconds after which a session is forgotten
ADULT = 15 * 60.0  # seconds for which a PIN counts


@dataclass(frozen=True, slots=True)
class Session:
    """`owner` is None where only the PIN was given, and a key is not needed."""

    owner: str | None
    seen: float  # seconds since 1970
    adult_until: float = 0.0


class Sessions:
    """Known by the digest of their token; the quietest is forgotten first."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._known = OrderedDict[str, Session]()
        self._lock = threading.Lock()

    def start(self, owner: str | None) -> str:
        """A new session's token."""
        token = secrets.token_urlsafe(32)
        self._keep(_name(token), Session(owner, self._clock()))
        return token

    def find(self, token: str | None) -> Session | None:
        if not token:
            return None
        name = _name(token)
        with self._lock:
            session = self._known.get(name)
        now = self._clock()
        if session is None or now - session.seen > QUIET:
            return None
        session = replace(session, seen=now)
        self._keep(name, session)
        return session

    def grow_up(self, token: str) -> Session | None:
        """The PIN was right: an adult from now on, for a while."""
        return self._change(token, self._clock() + ADULT)

    def grow_down(self, token: str) -> None:
        self._change(token, 0.0)

    def end(self, token: str) -> None:
        with self._lock:
            self._known.pop(_name(token), None)

    def end_adults(self, but: str | None = None) -> None:
        """A new PIN was chosen, by `but`: others who knew the old one must give the new."""
        own = None if but is None else _name(but)
        with self._lock:
            for name, session in self._known.items():
                if name != own:
                    self._known[name] = replace(session, adult_until=0.0)

    def is_adult(self, session: Session) -> bool:
        return session.adult_until > self._clock()

    def _change(self, token: str, adult_until: float) -> Session | None:
        session = self.find(token)
        if session is not None:
            session = replace(session, adult_until=adult_until)
            self._keep(_name(token), session)
        return session

    def _keep(self, name: str, session: Session) -> None:
        with self._lock:
            self._known[name] = session
            self._known.move_to_end(name)
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _name(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
