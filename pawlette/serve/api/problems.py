"""What went wrong, as an answer: a status and one JSON shape, that of OpenAI. Knows no route."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from pawlette import errors
from pawlette.errors import PawletteError
from pawlette.serve.jobs import Reason, Record

LONGEST = 200  # characters of anything that came from the request
SAME_AGAIN = {"x-should-retry": "false"}  # the OpenAI SDK repeats a 409 and a 5xx unless it is told so


class Problem(Exception):
    """An answer that is no success; raised anywhere behind the routes."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, kind: str | None = None,
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.param = None if param is None else shown(param)
        self.kind = kind or _kind(status)
        self.headers, self.more = dict(headers or {}), more

    def body(self) -> dict[str, Any]:
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error | self.more}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status, headers=self.headers)


def shown(text: str) -> str:
    """Something that came from a request, safe to be encoded and not too long."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return whole if len(whole) <= LONGEST else whole[:LONGEST] + "…"


def _kind(status: int) -> str:
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    return kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")


def retry_after(seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(seconds)))}


# The most exact class first: status, code, and whether the same request would fail again.
STATUS: dict[type[PawletteError], tuple[int, str, bool]] = {
    errors.Refused: (422, "refused", True),
    errors.UnknownAnimal: (422, "unknown_animal", True),
    errors.BadJob: (400, "bad_job", True),
    errors.BadWorkflow: (400, "bad_workflow", True),
    errors.BadWeights: (503, "bad_model", True),
    errors.BadModel: (503, "bad_model", True),
    errors.BadPicture: (500, "bad_picture", True),
    errors.DrawingFailed: (500, "drawing_failed", False),
    errors.CannotSave: (507, "disk_full", False),
    errors.MissingExtra: (500, "missing_extra", True),
    errors.StoreUnusable: (503, "store_unusable", False),
    errors.QueueFull: (429, "queue_full", False),
    errors.QueueClosed: (503, "draining", False),
    errors.KeyReused: (409, "idempotency_key_reused", True),
    errors.UnknownJob: (404, "unknown_job", True),
    errors.WrongState: (409, "wrong_state", True),
    errors.JobsError: (500, "jobs_error", False),
    errors.PawletteError: (500, "internal_error", False),
}


def problem_of(error: PawletteError) -> Problem:
    """The answer that tells of an error."""
    status, code, same = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = dict(SAME_AGAIN) if same else {}
    more: dict[str, Any] = {}
    param = None
    message = str(error)
    if isinstance(error, errors.Refused):
        param = "text"
        more = {"reason": error.code, "suggestion": error.suggestion, "language": error.language}
    elif isinstance(error, errors.UnknownAnimal):
        param = "text"
        more = {"animal": error.animal, "nearest": list(error.nearest)}
    elif isinstance(error, errors.QueueFull):
        headers |= retry_after(error.retry_after)
    elif isinstance(error, errors.QueueClosed):
        headers |= retry_after(5)
    elif status >= 500:
        # Such sentences may name files of the server: they stand in its log.
        message = MESSAGES[code]
    return Problem(status, code, message, param=param, headers=headers, **more)


MESSAGES = {
    "bad_model": "The model of this server cannot be used at the moment.",
    "bad_picture": "The picture's file cannot be read.",
    "drawing_failed": "The picture could not be drawn.",
    "disk_full": "The disk of this server is full.",
    "missing_extra": "A part of this server is not installed.",
    "store_unusable": "The jobs of this server cannot be read or written at the moment.",
    "jobs_error": "The queue could not do that.",
    "internal_error": "Something went wrong in this server.",
}
"""What is said instead of a sentence that may name files of the server."""

ENDED: dict[Reason, tuple[int, str, bool]] = {
    Reason.BAD_JOB: (400, "bad_job", True),
    Reason.REFUSED: (400, "moderation_blocked", True),
    Reason.DRAWING_FAILED: (500, "drawing_failed", False),
    Reason.BAD_MODEL: (503, "bad_model", True),
    Reason.DISK_FULL: (507, "disk_full", False),
    Reason.POISONED: (500, "poisoned", True),
    Reason.CANCELLED: (409, "cancelled", True),
    Reason.WAITED_TOO_LONG: (503, "waited_too_long", False),
}


def ended_badly(record: Record) -> Problem:
    """For whoever waited for a picture: why there is none."""
    status, code, same = ENDED[record.reason or Reason.DRAWING_FAILED]
    message = record.message or MESSAGES.get(code, "The picture was not drawn.")
    return Problem(status, code, message, headers=SAME_AGAIN if same else None, job_id=record.id)


def of_validation(error: RequestValidationError) -> Problem:
    """The first thing that is wrong with a request, by name."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"][1:]] or [str(first["loc"][0])]
    param = ".".join(place)
    kind = first["type"]
    if kind == "json_invalid":
        return Problem(400, "invalid_json", "The body is not JSON.")
    if kind == "missing":
        return Problem(400, "missing", f"{shown(param)} is missing.", param=param)
    if kind == "extra_forbidden":
        return Problem(400, "unknown_parameter", f"{shown(param)} is not known here.", param=param)
    return Problem(400, "invalid_value", f"{shown(param)}: {shown(str(first['msg']))}.", param=param)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """For what the router itself answers."""
    known = {
        404: ("not_found", "There is nothing here."),
        405: ("method_not_allowed", "This cannot be done here."),
    }
    code, message = known.get(status, ("invalid_request", "The request cannot be answered."))
    return Problem(status, code, message, headers=headers)


def of_fault(error_id: str) -> Problem:
    """For a fault of ours: its id stands in the log, beside what it was."""
    return Problem(500, "internal_error", "Something went wrong in this server; its log tells what, under this id.",
                   error_id=error_id)  # fmt: skip
