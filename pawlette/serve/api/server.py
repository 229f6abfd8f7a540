"""uvicorn, with a limit to how slow a client may be, and an orderly end. Knows no route."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from pawlette.errors import BadJob
from pawlette.serve.api.config import Config
from pawlette.serve.api.logs import Log

HEAD_SECONDS = 10.0  # until a request's head is whole
STALLED_SECONDS = 30.0  # that a client may take nothing of an answer
MOST_CONNECTIONS = 1000
MOST_SAID = 64 * 1024  # bytes of a websocket's message from a client
KEPT_OPEN = 5  # seconds between two requests of a connection


class Impatient(H11Protocol):
    """Ends the connections of clients that neither ask nor read: slow heads, stalled answers, one too many."""

    _head: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # a websocket has begun, which has limits of its own
            _stop(self._head)
        elif self.cycle is not None and not self.cycle.response_complete:
            _stop(self._head)
            self._head = None
        else:
            self._expect_head()

    def _expect_head(self) -> None:
        if self._head is None:  # a byte now and then does not put it off
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        _stop(self._head)
        self._head = None

    def pause_writing(self) -> None:
        super().pause_writing()
        _stop(self._stalled)
        self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _stop(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        _stop(self._head)
        _stop(self._stalled)
        super().connection_lost(exc)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


class Server(uvicorn.Server):
    """SIGTERM and SIGINT first call `drain` in a thread of its own, and close when it has returned; a second one
    closes at once."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], None]) -> None:
        super().__init__(config)
        self._drain = drain
        self._draining: threading.Thread | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._draining is None:
            self._draining = threading.Thread(target=self._end, name="pawlette-drain", daemon=True)
            self._draining.start()
        else:
            self.should_exit = self.force_exit = True

    def _end(self) -> None:
        try:
            self._drain()
        finally:
            self.should_exit = True


def server_of(app: ASGIApp, config: Config, log: Log, drain: Callable[[], None], **settings: Any) -> Server:
    """A server that is ready to `run()`; `settings` are uvicorn's own, beside ours."""
    log.take_over("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio")
    return Server(
        uvicorn.Config(
            app, host=config.host, port=config.port, http=Impatient,
            ws="websockets-sansio" if config.sockets else "none", ws_max_size=MOST_SAID,
            ws_per_message_deflate=False, lifespan="on", log_config=None,
            access_log=False, server_header=False, timeout_keep_alive=KEPT_OPEN, timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=config.limits.headers, loop="asyncio",
            **({"proxy_headers": False} | settings),
        ),
        drain,
    )  # fmt: skip


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; raises BadJob, naming the address, where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(512)
    except OSError as error:
        found.close()
        raise BadJob(f"cannot serve at {host} port {port}: {error.strerror or error}") from None
    return found
