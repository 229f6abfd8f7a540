"""The worker processes, as the desk sees them: started, heard, found hung, replaced. Knows no store.

One that ends is started again: at once, or after a growing wait where several ended and nothing was drawn in between.
All of it happens in the desk's thread, but for `wake`.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from pawlette.serve.duty import Duty
from pawlette.serve.jobs import Claim

LOG = logging.getLogger("pawlette.serve")
ENDS = 3  # in a row, with nothing drawn between them, before workers are started more slowly
LONGEST_WAIT = 60.0  # seconds
TIME_TO_START, TIME_TO_END, MOMENT = 120.0, 5.0, 0.2  # seconds; the first of all workers waits for torch


@dataclass(slots=True, eq=False)
class Member:
    """One process. `under_way`: job -> the claim that it draws."""

    name: str
    place: int  # which of the duties it has
    process: Any
    connection: Connection
    last_beat: float
    last_step: float
    is_heard: bool = False  # it gave a sign of life
    at_once: int = 0  # 0: not ready
    is_alone: bool = False  # draws suspects, one at a time
    closed: bool = False  # nobody listens to it any more
    words: str = ""  # why it could not start
    under_way: dict[str, Claim] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return self.at_once > 0

    @property
    def room(self) -> int:
        return max(0, (min(1, self.at_once) if self.is_alone else self.at_once) - len(self.under_way))

    def tell(self, *message: object) -> None:
        """If it is gone, its end settles what it did not hear."""
        try:
            self.connection.send(message)
        except OSError:
            LOG.debug("%s is gone already", self.name)


def context(preload: Sequence[str]) -> Any:
    """How processes start. Where a fork is safe they come from one that has imported all that a worker needs and has
    touched no device: a new worker is there in milliseconds, and all share that memory.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(list(preload))
    return forking


class Crew:
    """A process for each of `duties`. `dead_after`: seconds without a sign of life; `stalled_after`: seconds
    without a step while something is drawn, loading not counted; `preload`: modules that every one needs.
    """

    def __init__(
        self, duties: Sequence[Duty], *, dead_after: float, stalled_after: float, preload: Sequence[str],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.duties, self.ticks = tuple(duties), ticks
        self.dead_after, self.stalled_after = dead_after, stalled_after
        self.members: list[Member] = []
        self.started = self.ended = self.hung = 0  # for metrics
        self.last_words = "it is starting"
        self._context = context(preload)
        self._ends = 0  # in a row, with nothing drawn between
        self._not_before = 0.0
        self._ear, self._mouth = self._context.Pipe(duplex=False)
        os.set_blocking(self._mouth.fileno(), False)
        self._dying: list[Member] = []  # told to end, and not yet gone
        self._closed = False
        atexit.register(self.abandon)

    def tend(self, *, start: bool = True) -> tuple[Member, ...]:
        """Start who is missing, if the wait is over. Returns who hangs: to be buried, as who has ended."""
        now = self.ticks()
        self._dying = [member for member in self._dying if not self._is_gone(member)]
        if start and not self._closed and now >= self._not_before:
            for place in set(range(len(self.duties))) - {member.place for member in self.members}:
                self._start(place, now)
        hanging = tuple(member for member in self.members if self._hangs(member, now))
        for member in hanging:
            self.hung += 1
            self.last_words = f"a worker gave {self._hangs(member, now)}"
            LOG.warning("worker hangs", extra={"worker": member.name, "why": self.last_words})
        return hanging

    def listen(self, timeout: float) -> Iterator[tuple[Member, tuple[Any, ...]]]:
        """What was said, and ("ended",) from who can say nothing more; ends at the latest after `timeout` seconds."""
        by_connection = {member.connection: member for member in self.members}
        for ready in wait([self._ear, *by_connection], timeout):
            if ready is self._ear:
                self._hear_all_of_ear()
            else:
                member = by_connection[cast(Connection, ready)]
                yield from self._heard(member)

    def wake(self) -> None:
        """From any thread: let `listen` return."""
        try:
            self._mouth.send_bytes(b".")
        except (BlockingIOError, OSError):
            return  # it is full of wakings, or closed: nobody sleeps

    def bury(self, member: Member) -> None:
        """It ended, or is to: nobody listens to it from now on, and nobody waits for its end."""
        self.members.remove(member)
        member.connection.close()
        member.closed = True
        member.process.kill()
        member.process.join(MOMENT)
        code = member.process.exitcode
        if not self._is_gone(member):
            self._dying.append(member)  # a device may hold it up
        self.ended += 1
        self._ends += 1
        if not member.is_ready:
            self.last_words = member.words or f"a worker ended with code {code} before it was ready"
        slow = self._ends - (ENDS if member.is_ready else 0)
        wait_for = 0.0 if slow < 1 else min(LONGEST_WAIT, 0.25 * 2**slow)
        self._not_before = self.ticks() + wait_for
        LOG.warning("worker ended", extra={"worker": member.name, "code": code, "wait": wait_for})

    def drew(self) -> None:
        """A picture came: whatever ended before, workers can draw."""
        self._ends = 0

    def close(self) -> None:
        """Let them end what they do; who does not is ended."""
        self._closed = True
        for member in self.members:
            member.tell("close")
        end = time.monotonic() + TIME_TO_END
        for member in self.members:
            member.process.join(max(0.0, end - time.monotonic()))
            member.connection.close()
        self.abandon()
        for member in (*self.members, *self._dying):
            member.process.join(MOMENT)
            self._is_gone(member)
        self.members.clear()
        self._ear.close()
        self._mouth.close()
        atexit.unregister(self.abandon)

    def abandon(self) -> None:
        """End all at once. They ignore SIGTERM, by which a server that ends unexpectedly would ask them in vain."""
        self._closed = True
        for member in (*self.members, *self._dying):
            with contextlib.suppress(ValueError):  # it was closed already
                member.process.kill()

    def _is_gone(self, member: Member) -> bool:
        if member.process.exitcode is None:
            return False
        member.process.close()
        return True

    def _start(self, place: int, now: float) -> None:
        self.started += 1
        here, there = self._context.Pipe()
        wait_at_most(here, self.dead_after)
        name = f"worker-{self.started}"
        process = self._context.Process(
            target=begin, args=(there, self.duties[place]), name=name, daemon=True
        )
        process.start()
        there.close()
        self.members.append(Member(name, place, process, here, now, now))
        LOG.info("worker started", extra={"worker": name})

    def _hangs(self, member: Member, now: float) -> str:
        """In what way; empty where it does not."""
        patience = self.dead_after if member.is_heard else max(self.dead_after, TIME_TO_START)
        if now - member.last_beat > patience:
            return f"no sign of life for {patience:g} s"
        if member.is_ready and member.under_way and now - member.last_step > self.stalled_after:
            return f"no step for {self.stalled_after:g} s"
        return ""

    def _heard(self, member: Member) -> Iterator[tuple[Member, tuple[Any, ...]]]:
        try:
            while not member.closed and member.connection.poll():
                message = member.connection.recv()
                self._note(member, message)
                yield member, message
        except (EOFError, OSError):
            yield member, ("ended",)

    def _note(self, member: Member, message: tuple[Any, ...]) -> None:
        member.is_heard, member.last_beat = True, self.ticks()
        match message:
            case ("ready", int(at_once)):
                member.at_once, member.last_step = at_once, self.ticks()
            case ("broken", str(words)):
                member.words = words
            case ("beat" | "figures", *_):
                pass
            case _:
                member.last_step = self.ticks()

    def _hear_all_of_ear(self) -> None:
        while self._ear.poll():
            self._ear.recv_bytes()


def wait_at_most(connection: Connection, seconds: float) -> None:
    """One that is stopped in the midst of a message must not stop who reads it: then recv and send raise OSError."""
    if sys.platform == "win32":
        return  # its pipes are no sockets
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            line.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", *divmod(int(seconds * 1e6), 10**6)))


def begin(connection: Connection, duty: Duty) -> None:
    """In the new process; only there is torch imported."""
    from pawlette.serve.worker import work

    work(connection, duty)
