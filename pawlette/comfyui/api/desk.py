"""The nouns of a queued workflow, and what this API asks of whoever keeps the queue. Knows no store and no route.

A prompt, in ComfyUI's sense, is a whole workflow: one or more pictures that are queued together. It lives as long as
they do; nothing of it is kept in this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import HTTPConnection

from pawlette.studio import Accepted, Studio


class Stage(StrEnum):
    """Where a picture, or a whole prompt, stands. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (Stage.WAITING, Stage.RUNNING)


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of a prompt."""

    job: str  # 32 hexadecimal digits
    node: str  # the one that draws it
    stage: Stage
    steps: int
    step: int = 0
    started_at: float | None = None  # seconds since 1970
    ended_at: float | None = None
    message: str = ""  # why it failed
    position: int | None = None  # pictures that are drawn before it, while it waits


@dataclass(frozen=True, slots=True)
class Shown:
    """A node that saves ("output") or shows ("temp") what another draws."""

    node: str
    kind: str
    drawer: str
    path: tuple[str, ...]  # from behind the drawing node to this one, in the order in which they run


@dataclass(frozen=True, slots=True)
class Plan:
    """How a workflow is told of: its nodes in the order in which they run, and which of them draw and show."""

    nodes: tuple[tuple[str, str], ...]  # id, class; sources first; only those that the shown ones need
    shown: tuple[Shown, ...]
    client: str | None = None  # who hears of it

    def to_dict(self) -> dict[str, Any]:
        return {
            "nodes": [list(one) for one in self.nodes],
            "shown": [[one.node, one.kind, one.drawer, list(one.path)] for one in self.shown],
            "client": self.client,
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Plan:
        return cls(
            tuple((id, kind) for id, kind in given["nodes"]),
            tuple(Shown(node, kind, drawer, tuple(path)) for node, kind, drawer, path in given["shown"]),
            given["client"],
        )

    @property
    def drawers(self) -> tuple[str, ...]:
        drawn = {one.drawer for one in self.shown}
        return tuple(id for id, _ in self.nodes if id in drawn)

    def after(self, drawer: str) -> tuple[str, ...]:
        """The nodes behind a drawing, to its outputs, in the order in which they run."""
        behind = {id for one in self.shown if one.drawer == drawer for id in one.path}
        return tuple(id for id, _ in self.nodes if id in behind)

    @property
    def at_hand(self) -> tuple[str, ...]:
        """Nodes that need no run of their own, since the loaded model and the words are what they would give."""
        runs = {id for drawer in self.drawers for id in (drawer, *self.after(drawer))}
        return tuple(id for id, _ in self.nodes if id not in runs)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A queued workflow as it stands at one moment."""

    id: str  # a UUID
    number: int  # counts up
    created_at: float  # seconds since 1970
    plan: Plan
    parts: tuple[Part, ...]
    workflow: Mapping[str, Any]  # API format; empty where words are not kept and it has ended
    extra: Mapping[str, Any] = field(default_factory=dict)  # its extra_data; empty likewise

    @property
    def stage(self) -> Stage:
        stages = {part.stage for part in self.parts}
        if stages <= {Stage.WAITING}:
            return Stage.WAITING
        if not all(stage.is_final for stage in stages):
            return Stage.RUNNING
        for worst in (Stage.FAILED, Stage.CANCELLED):
            if worst in stages:
                return worst
        return Stage.DONE

    @property
    def was_begun(self) -> bool:
        return any(part.started_at is not None for part in self.parts)

    def parts_of(self, drawer: str) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.node == drawer)


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A workflow that passed the gate. `pictures`: the drawing node and the Job of each."""

    id: str | None  # a UUID that the client chose
    plan: Plan
    pictures: tuple[tuple[str, Accepted], ...]
    workflow: Mapping[str, Any]
    extra: Mapping[str, Any]
    previews: int = 0  # of each picture, on the way
    front: bool = False  # before what waits, where the asker may
    once: str | None = None  # a name that the client gave this request, so that it is not queued twice


FLEETING = ("step", "preview")  # what happens on the way, and is kept nowhere


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that befell a picture: queued, running, step, preview, done, failed, cancelled or expired."""

    job: str
    kind: str
    step: int = 0
    picture: bytes = b""  # of a preview
    media_type: str = "image/png"  # of that


class News(Protocol):
    async def next(self, seconds: float) -> Happening | None:
        """The next one; None where none comes for so long. Raises EOFError where there will be no more."""


class Desk(Protocol):
    """The queue as one asker may see it. All but `owner` and `listen` may touch a disk: call them in a thread."""

    @property
    def owner(self) -> str:
        """Under whose name the asker's things are kept."""

    @property
    def kept_seconds(self) -> float:
        """For which a prompt and its pictures can be fetched when it has ended."""

    def submit(self, new: NewPrompt) -> Prompt:
        """Queue all of it or nothing; durable when this returns. The same prompt under the same id once more is the one
        that is there. Raises PawletteError, KeyReused where the id is another's or `once` came before."""

    def prompt(self, id: str) -> Prompt | None:
        """By its UUID."""

    def prompt_of(self, job: str) -> Prompt | None:
        """The one that a picture belongs to; None for pictures that no workflow asked for."""

    def remaining(self) -> int:
        """Pictures that have not ended, everybody's."""

    def open(self) -> tuple[Prompt, ...]:
        """What runs, then what waits, in the order in which it is drawn."""

    def ended(self, limit: int, offset: int = 0) -> tuple[Prompt, ...]:
        """The newest first."""

    def newest(self, limit: int, before: int | None = None) -> tuple[tuple[Prompt, ...], int | None]:
        """All, whatever their state, the newest first, of those with numbers below `before`; and where to go on."""

    def cancel(self, prompt: Prompt) -> None:
        """Stop whatever of it has not ended."""

    def forget(self, prompt: Prompt) -> None:
        """Delete it and its pictures."""

    def picture(self, job: str) -> Path | None:
        """The PNG of a picture that is done."""

    def listen(self) -> AbstractAsyncContextManager[News]:
        """What happens from now on. Raises NotLetIn."""


class NotLetIn(Exception):
    """Whoever opens a websocket is not known, or has too many open."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server says when it does not do something."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str]


class Front(Protocol):
    """Who lets askers in."""

    @property
    def studio(self) -> Studio: ...

    @property
    def version(self) -> str: ...

    async def desk(self, connection: HTTPConnection) -> Desk:
        """Raises NotLetIn of a websocket, and the server's own refusal of a request."""

    def refusal(self, error: Exception) -> Refusal | None:
        """What the server says of an error; None where it is no refusal but a fault."""
