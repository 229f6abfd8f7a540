"""Browsers that gave a key or the PIN, and for how long. Knows no HTTP and no file.

What a key opened outlives the server, by the digest of its token; what the PIN allows does not: after a restart it is
to be given again.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time
from typing import Protocol

from pawlette.serve.api.keys import Key
from pawlette.serve.store_sessions import KeptSession

MOST = 10_000
QUIET = 12 * 3600.0  # seconds after which a session is forgotten
ADULT = 15 * 60.0  # seconds for which a PIN counts
LATE = 600.0  # seconds by which what is kept of a session's last request may be late


class Kept(Protocol):
    """What outlives the server. May raise what the caller of `save` is to hear."""

    def sessions(self) -> Sequence[KeptSession]:
        """All of them."""

    def keep_sessions(self, sessions: Sequence[KeptSession], *, forget: Collection[str] = ()) -> None:
        """Write these anew, and let go of those names."""


@dataclass(frozen=True, slots=True)
class Session:
    """`owner` and `key`, the digest of the key it was opened with, are None where only the PIN was given."""

    owner: str | None
    key: str | None
    seen: float  # seconds since 1970
    adult_until: float = 0.0


class Sessions:
    """Known by the digest of their token; the quietest is forgotten first."""

    def __init__(self, kept: Kept, clock: Callable[[], float] = time) -> None:
        self._kept, self._clock = kept, clock
        self._known = OrderedDict[str, Session]()
        self._lock = threading.Lock()
        self._written: dict[str, float] = {}  # name -> the last request, as it is kept
        self._writing = threading.Lock()
        self._load()

    def start(self, key: Key | None) -> str:
        """A new session's token."""
        token = secrets.token_urlsafe(32)
        owner, digest = (None, None) if key is None else (key.name, key.digest)
        self._keep(_name(token), Session(owner, digest, self._clock()))
        return token

    def find(self, token: str | None) -> Session | None:
        """The session, which is not quiet any more."""
        session = self.look(token)
        if token and session is not None:
            session = replace(session, seen=self._clock())
            self._keep(_name(token), session)
        return session

    def look(self, token: str | None) -> Session | None:
        """The same for whoever only stays: it prolongs nothing."""
        if not token:
            return None
        with self._lock:
            session = self._known.get(_name(token))
        if session is None or self._clock() - session.seen > QUIET:
            return None
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

    def save(self) -> None:
        """Keep what is not kept yet, or LATE; let go of what is over. Called behind every start and end, and now and
        then, from any thread; raises what the keeper does, and the next call makes up for it."""
        with self._writing:
            now = self._clock()
            with self._lock:
                for name in [name for name, one in self._known.items() if now - one.seen > QUIET]:
                    del self._known[name]
                known = {name: one for name, one in self._known.items() if one.owner is not None}
            late = [
                KeptSession(name, one.owner or "", one.key or "", one.seen)
                for name, one in known.items()
                if one.seen - self._written.get(name, float("-inf")) >= LATE
            ]
            over = self._written.keys() - known.keys()
            if late or over:
                self._kept.keep_sessions(late, forget=over)
                self._written |= {one.name: one.seen for one in late}
                for name in over:
                    del self._written[name]

    def _load(self) -> None:
        for one in sorted(self._kept.sessions(), key=lambda one: one.seen):
            self._written[one.name] = one.seen
            # A clock that was set back since does not make a session last for longer.
            self._keep(one.name, Session(one.owner, one.key, min(one.seen, self._clock())))

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
