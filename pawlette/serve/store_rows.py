"""Rows of the SQLite store <-> nouns. Knows no transaction and no rule."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from pawlette.job import Finish, Sampling
from pawlette.serve.jobs import Event, Order, Reason, Record, State

COLUMNS = (
    "number, id, request, state, reason, message, attempts, priority, accepted_at, started_at, ended_at, picture, "
    "asked, said, understood, seconds"
)
EVENT_COLUMNS = "id, job, kind, at, data, owner"


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def asked(order: Order) -> str:
    """The order as JSON."""
    given = dataclasses.asdict(order)
    given["finish"] = {name: value for name, value in order.finish.parts.items() if value}
    for name in ("negative", "sampling", "place", "papers"):  # few orders have them
        if not getattr(order, name) and getattr(order, name) != "":
            del given[name]
    return dumps(given)


def blanked(order: Order) -> str:
    """The same without the words."""
    return asked(dataclasses.replace(order, text="", negative=None, papers={}))


def read_order(text: str) -> Order:
    given = json.loads(text)
    sampling = Sampling(**given.pop("sampling", {}))
    return Order(**{**given, "finish": Finish(**given["finish"]), "sampling": sampling})


def read_record(row: tuple[Any, ...], step: int, position: int | None) -> Record:
    """From the COLUMNS of one row; the priority may have been changed since it was asked."""
    (number, id_, request, state, reason, message, attempts, priority, accepted_at, started_at, ended_at, picture,
     order, said, understood, seconds) = row  # fmt: skip
    return Record(
        id=id_,
        number=number,
        request=request,
        order=dataclasses.replace(read_order(order), priority=priority),
        state=State(state),
        reason=None if reason is None else Reason(reason),
        message=message,
        attempts=attempts,
        step=step,
        position=position,
        accepted_at=accepted_at,
        started_at=started_at,
        ended_at=ended_at,
        picture=picture,
        seconds=json.loads(seconds),
        said=tuple(json.loads(said)),
        understood=json.loads(understood),
    )


def read_event(row: tuple[Any, ...]) -> Event:
    id_, job, kind, at, data, owner = row
    return Event(id=id_, job=job, kind=kind, at=at, data=json.loads(data), owner=owner)
