"""What the API answers, as models that its description is made from. Makes none of it up: see where each is built."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from pawlette.serve.jobs import Reason, Record, State


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorBody(BaseModel):
    model_config = ConfigDict(extra="allow")

    message: str
    type: str
    param: str | None
    code: str


class ErrorAnswer(Answer):
    """Every error of every route."""

    error: ErrorBody


class WordsAnswer(Answer):
    """What would be drawn of a text."""

    text: str
    status: Literal["accepted", "changed", "refused", "unknown_animal"]
    code: str | None
    message: str
    suggestion: str | None
    language: Literal["en", "zh"]
    said: list[str]
    dropped: list[str]
    changed: list[str]
    scene: dict[str, Any] | None
    prompt: str | None
    nearest: list[str]


class FinishAnswer(Answer):
    saturation: float
    cartoon: float


class JobAnswer(Answer):
    object: Literal["job"] = "job"
    id: str
    request: str
    state: State
    reason: Reason | None
    message: str
    text: str
    said: list[str]
    understood: dict[str, Any] | None
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    style: str | None
    transparent: bool
    finish: FinishAnswer
    format: Literal["png", "webp", "jpeg"]
    previews: int
    priority: int
    step: int
    attempts: int
    position: int | None
    estimate: float | None
    accepted_at: float
    started_at: float | None
    ended_at: float | None
    seconds: dict[str, float]
    picture: str | None

    @classmethod
    def of(cls, record: Record) -> JobAnswer:
        order = record.order
        same = (
            "seed",
            "width",
            "height",
            "steps",
            "guidance",
            "style",
            "transparent",
            "format",
            "previews",
            "priority",
        )
        own = ("id", "request", "state", "reason", "message", "step", "attempts", "position", "estimate", "accepted_at",
               "started_at", "ended_at")  # fmt: skip
        return cls(
            **{name: getattr(order, name) for name in same},
            **{name: getattr(record, name) for name in own},
            text=order.text,
            said=list(record.said),
            understood=dict(record.understood) or None,
            finish=FinishAnswer(**order.finish.parts),
            seconds=dict(record.seconds),
            picture=picture_path(record.id) if record.state is State.DONE else None,
        )


def picture_path(job: str) -> str:
    return f"/v1/jobs/{job}/picture"


class JobsAnswer(Answer):
    """The jobs of one request."""

    object: Literal["list"] = "list"
    request: str
    jobs: list[JobAnswer]
    replayed: bool


class PageAnswer(Answer):
    object: Literal["list"] = "list"
    jobs: list[JobAnswer]
    next: int | None


class QueueAnswer(Answer):
    paused: bool
    jobs: list[JobAnswer]


class PausedAnswer(Answer):
    paused: bool


class Tile(Answer):
    id: str
    en: str
    zh: str


class AnimalTile(Tile):
    emoji: str | None
    group: str


class StyleTile(Tile):
    transparent: bool


class VocabularyAnswer(Answer):
    """What the loaded model draws."""

    model: str
    animals: list[AnimalTile]
    colours: list[Tile]
    looks: list[Tile]
    moods: list[Tile]
    actions: list[Tile]
    accessories: list[Tile]
    places: list[Tile]
    weather: list[Tile]
    seasons: list[Tile]
    times: list[Tile]
    styles: list[StyleTile]


class SessionAnswer(Answer):
    owner: str | None
    adult: bool


class AdultAnswer(SessionAnswer):
    until: float


class ModelSettings(Answer):
    id: str
    licence: str
    sizes: list[str]
    steps: int
    guidance: float
    guidable: bool


class SettingsAnswer(Answer):
    owner: str | None
    adult: bool
    adult_until: float | None
    key_needed: bool
    kid_mode: bool
    history: bool
    retention_days: int
    mark: bool
    version: str
    model: ModelSettings


class DeletedAnswer(Answer):
    jobs: int
    pictures: int


class ReadyAnswer(Answer):
    ready: bool
    reason: str


class ModelAnswer(Answer):
    """As OpenAI's list of models has them."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelsAnswer(Answer):
    object: Literal["list"] = "list"
    data: list[ModelAnswer]
