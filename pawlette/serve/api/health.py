"""/livez, /readyz and /metrics, for whoever operates the server."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from pawlette.serve.api.answers import ReadyAnswer
from pawlette.serve.api.room import Known, ThisRoom

router = APIRouter(tags=["health"])


@router.get("/livez", response_class=PlainTextResponse)
async def live() -> str:
    """The process answers."""
    return "ok"


@router.get("/readyz", response_model=ReadyAnswer, responses={503: {"model": ReadyAnswer}})
def ready(room: ThisRoom, response: Response) -> ReadyAnswer:
    """Whether a picture that is asked for now would be drawn; 503 and why not, else."""
    reasons = ("the server is ending",) if room.ending.is_set() else room.desk.health().reasons
    response.status_code = 503 if reasons else 200
    return ReadyAnswer(ready=not reasons, reason="; ".join(reasons))


@router.get("/metrics", response_class=PlainTextResponse,
            responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})  # fmt: skip
def metrics(room: ThisRoom, asker: Known) -> Response:
    """Figures in Prometheus' text format."""
    room.metrics.listeners.set(room.streams.total())
    return Response(room.metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})
