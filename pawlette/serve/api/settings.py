"""/v1/settings, /v1/session, /v1/adult and /v1/delete-everything: who asks, and what adults decide."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pawlette.errors import CannotSave
from pawlette.serve.api.answers import (
    AdultAnswer,
    DeletedAnswer,
    ModelSettings,
    SessionAnswer,
    SettingsAnswer,
)
from pawlette.serve.api.bodies import KeyBody, PinBody, PreferencesBody, SureBody
from pawlette.serve.api.problems import SAME_AGAIN, Problem, retry_after
from pawlette.serve.api.room import COOKIE, Adult, Anybody, Asker, Cookie, Room, ThisRoom
from pawlette.studio import version

router = APIRouter(tags=["settings"])


@router.get("/v1/settings", response_model=SettingsAnswer)
def show_settings(room: ThisRoom, asker: Anybody) -> SettingsAnswer:
    """What holds here, and who asks."""
    return settings_of(room, asker)


def settings_of(room: Room, asker: Asker) -> SettingsAnswer:
    family, kept = room.desk.studio.family, room.preferences.now
    model = ModelSettings(
        id=family.name, licence=family.licence, sizes=[f"{w}x{h}" for w, h in family.sizes], steps=family.steps,
        guidance=family.guidance, guidable=family.guidable,
    )  # fmt: skip
    return SettingsAnswer(
        owner=asker.owner, adult=asker.adult, adult_until=asker.adult_until, key_needed=room.key_needed,
        kid_mode=not room.config.studio_mode, history=kept.history, retention_days=kept.retention_days,
        mark=room.config.mark, version=version(), model=model,
    )  # fmt: skip


@router.patch("/v1/settings", response_model=SettingsAnswer)
def change_settings(body: PreferencesBody, room: ThisRoom, asker: Adult, token: Cookie) -> SettingsAnswer:
    """History, how long it is kept, and a new PIN."""
    changes = body.model_dump(include={"history", "retention_days"}, exclude_none=True)
    if changes:
        room.preferences.change(**changes)
    if body.pin is not None:
        room.preferences.set_pin(body.pin)
        room.sessions.end_adults(but=token)
    return settings_of(room, asker)


@router.post("/v1/session", response_model=SessionAnswer)
def start_session(
    body: KeyBody, request: Request, response: Response, room: ThisRoom, asker: Anybody
) -> SessionAnswer:
    """A browser gives its key once, for a cookie."""
    key = room.keys.find(body.key)
    if key is None:
        raise Problem(401, "invalid_api_key", "This API key is not known.", param="key", headers=SAME_AGAIN)
    _set(request, response, room.sessions.start(key))
    _keep(room)
    return SessionAnswer(owner=key.name, adult=False)


@router.delete("/v1/session", status_code=204)
def end_session(room: ThisRoom, asker: Anybody, token: Cookie) -> Response:
    """Forget this browser's session."""
    if token:
        room.sessions.end(token)
        _keep(room)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.post("/v1/adult", response_model=AdultAnswer)
def grow_up(body: PinBody, request: Request, response: Response, room: ThisRoom, asker: Anybody,
            token: Cookie) -> AdultAnswer:  # fmt: skip
    """The PIN makes this browser's session an adult's for a quarter of an hour."""
    right = room.tries.attempt(lambda: room.preferences.is_pin(body.pin))
    if right is False:
        raise Problem(403, "wrong_pin", "That is not the PIN.", param="pin")
    if right is not True:
        room.metrics.limited.labels("pin").inc()
        raise Problem(429, "rate_limit_exceeded", "Too many wrong PINs.", headers=retry_after(right))
    if token is None or room.sessions.find(token) is None:
        token = room.sessions.start(None)
        _set(request, response, token)
    session = room.sessions.grow_up(token)
    assert session is not None  # it was found or started just now
    return AdultAnswer(owner=session.owner or asker.owner, adult=True, until=session.adult_until)


@router.delete("/v1/adult", status_code=204)
def grow_down(room: ThisRoom, asker: Anybody, token: Cookie) -> Response:
    """A child's again."""
    if token:
        room.sessions.grow_down(token)
    return Response(status_code=204)


@router.post("/v1/delete-everything", response_model=DeletedAnswer)
def delete_everything(body: SureBody, room: ThisRoom, asker: Adult) -> DeletedAnswer:
    """Forget all jobs, words and pictures."""
    deleted = room.desk.delete_everything()
    return DeletedAnswer(jobs=len(deleted.jobs), pictures=len(deleted.pictures))


def _keep(room: Room) -> None:
    """So that a restart changes nothing. On a full disk it holds until then, and is kept when there is room: who is to
    make room must get in."""
    try:
        room.sessions.save()
    except CannotSave as error:
        room.log.fault(error, doing="session")


def _set(request: Request, response: Response, token: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)
