"""All that the routes share, in one frozen place, and who asks. Knows no single route."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection

from pawlette.errors import QueueFull
from pawlette.serve.api.buckets import Buckets
from pawlette.serve.api.config import Config
from pawlette.serve.api.keys import Key, Keys
from pawlette.serve.api.logs import Log
from pawlette.serve.api.metrics import Metrics
from pawlette.serve.api.preferences import PreferencesFile, Tries
from pawlette.serve.api.problems import Problem, retry_after
from pawlette.serve.api.repeats import Repeats
from pawlette.serve.api.sessions import Session, Sessions
from pawlette.serve.jobs import Record
from pawlette.serve.supervisor import Supervisor

COOKIE = "pawlette_session"
LOCAL = "local"
bearer = HTTPBearer(auto_error=False, description="An API key: `pawlette keys new NAME`.")
cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="A browser's session: POST /v1/session, /v1/adult."
)


@dataclass(frozen=True, slots=True)
class Room:
    """What the routes work with. `ending` is set when the server ends: nobody waits then for what is not begun."""

    desk: Supervisor
    config: Config
    keys: Keys
    preferences: PreferencesFile
    log: Log
    metrics: Metrics
    pictures: Buckets
    requests: Buckets
    sessions: Sessions
    tries: Tries = field(default_factory=Tries)
    repeats: Repeats = field(default_factory=Repeats)
    streams: Counter[str] = field(
        default_factory=Counter
    )  # owner -> open event streams; the event loop's alone
    ending: threading.Event = field(default_factory=threading.Event)
    started: int = field(default_factory=lambda: int(time.time()))  # seconds since 1970
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # signs addresses of pictures

    @classmethod
    def of(cls, desk: Supervisor, config: Config, keys: Keys, preferences: PreferencesFile, log: Log) -> Room:
        """With metrics and limits of its own."""
        limits, metrics = config.limits, Metrics()
        metrics.watch(desk)
        return cls(
            desk, config, keys, preferences, log, metrics, pictures=Buckets(limits.pictures, limits.pictures_burst),
            requests=Buckets(limits.requests, limits.requests_burst), sessions=Sessions(desk.store),
        )  # fmt: skip

    @property
    def key_needed(self) -> bool:
        return self.config.key_needed or not self.config.on_loopback

    def seed(self) -> int:
        """A picture's, where none was asked for."""
        return secrets.randbelow(2**32)


# Dependencies are coroutines: each plain function would be a hop to a thread and back, in every request.


async def room_of(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `owner` is None where a key is needed and none was given."""

    owner: str | None
    adult: bool = False
    adult_until: float | None = None
    by_key: bool = False

    def sees(self, record: Record) -> bool:
        return self.adult or record.order.owner == self.owner

    @property
    def scope(self) -> str | None:
        """The owner whose jobs are shown; None: everybody's."""
        return None if self.adult else self.owner


ThisRoom = Annotated[Room, Depends(room_of)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
Cookie = Annotated[str | None, Depends(cookie)]


async def anybody(request: Request, room: ThisRoom, credentials: Bearer, token: Cookie) -> Asker:
    """Who asks, known or not. A wrong key is refused, never taken for none."""
    return _let_in(room, request, None if credentials is None else credentials.credentials, token)


def known_at(room: Room, connection: HTTPConnection) -> Asker:
    """`known`, for what is no route of FastAPI's."""
    return _known(_let_in(room, connection, secret_of(connection), connection.cookies.get(COOKIE)))


def secret_of(connection: HTTPConnection) -> str | None:
    """The key that a request brings."""
    scheme, secret = get_authorization_scheme_param(connection.headers.get("authorization"))
    return secret if scheme.lower() == "bearer" and secret else None


def _let_in(room: Room, connection: HTTPConnection, secret: str | None, token: str | None) -> Asker:
    asker = asker_of(room, secret, token)
    connection.state.owner = asker.owner
    peer = connection.client.host if connection.client else "-"
    spend(room, room.requests, asker.owner if asker.by_key and asker.owner else peer, 1.0, "requests")
    return asker


def asker_of(room: Room, secret: str | None, token: str | None, *, stays: bool = False) -> Asker:
    """Who asks; raises the Problem of a wrong key. `stays`: it is no request, so it prolongs no session."""
    if secret is not None and (room.key_needed or room.keys.all()):
        key = room.keys.find(secret)
        if key is None:
            raise Problem(401, "invalid_api_key", "This API key is not known.", headers=CHALLENGE)
        return Asker(key.name, adult=key.adult, by_key=True)
    session = room.sessions.look(token) if stays else room.sessions.find(token)
    owner = None if room.key_needed else LOCAL
    if session is None:
        return Asker(owner)
    if session.owner is not None and not _still_known(room.keys.all(), session):
        return Asker(owner)
    adult = room.sessions.is_adult(session)
    return Asker(session.owner or owner, adult=adult, adult_until=session.adult_until if adult else None)


def _still_known(keys: tuple[Key, ...], session: Session) -> bool:
    """Another key of the same name opens no session of the old one."""
    return any((key.name, key.digest) == (session.owner, session.key) for key in keys)


CHALLENGE = {"www-authenticate": "Bearer"}


async def known(asker: Annotated[Asker, Depends(anybody)]) -> Asker:
    """Whoever may draw; 401 for others."""
    return _known(asker)


def _known(asker: Asker) -> Asker:
    if asker.owner is None:
        raise Problem(
            401, "key_needed", "This server needs an API key: Authorization: Bearer …", headers=CHALLENGE
        )
    return asker


async def adult(asker: Annotated[Asker, Depends(known)]) -> Asker:
    """Adults alone; 403 for others."""
    if not asker.adult:
        raise Problem(403, "adult_needed", "This is for adults: give the PIN first.")
    return asker


Anybody = Annotated[Asker, Depends(anybody)]
Known = Annotated[Asker, Depends(known)]
Adult = Annotated[Asker, Depends(adult)]


def spend(room: Room, buckets: Buckets, name: str, tokens: float, limit: str) -> None:
    """Take tokens, or raise the 429 that says when."""
    wait = buckets.take(name, tokens)
    if wait > 0:
        room.metrics.limited.labels(limit).inc()
        most = f"; at most {buckets.burst:g} at once" if wait == float("inf") else ""
        seconds = 3600.0 if wait == float("inf") else wait
        raise Problem(429, "rate_limit_exceeded", f"Too many {limit}{most}.", headers=retry_after(seconds))


def check_streams(room: Room, owner: str) -> None:
    """Raise the 429 of one event stream too many."""
    limits = room.config.limits
    if room.streams.total() >= limits.listeners or room.streams[owner] >= limits.listeners_of_one:
        room.metrics.limited.labels("listeners").inc()
        raise Problem(429, "too_many_listeners", "Too many event streams are open.", headers=retry_after(5))


@contextmanager
def one_stream(room: Room, owner: str) -> Iterator[None]:
    """One event stream more of this owner, while it lasts. The event loop's alone."""
    room.streams[owner] += 1
    try:
        yield
    finally:
        room.streams[owner] -= 1
        if not room.streams[owner]:
            del room.streams[owner]


def spend_pictures(room: Room, asker: Asker, count: int, *, repeated: bool = False) -> None:
    """Before words are read, and without a wait: raises QueueFull, and the 429 of the owner's rate. `repeated`: it may
    have been accepted before, which the store knows; then a full queue is the store's to say."""
    try:
        if not repeated:
            room.desk.check_room(count)
    except QueueFull:
        room.metrics.limited.labels("queue").inc()
        raise
    spend(room, room.pictures, asker.owner or "-", float(count), "pictures")
