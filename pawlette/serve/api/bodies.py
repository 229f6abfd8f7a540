"""What a request may say. Anything else is refused by name. Knows no job and no model."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pawlette.job import MAX_SEED, Finish
from pawlette.serve.jobs import MOST_PRIORITY, State

LONGEST_TEXT = 8000  # characters that are read at all; the gate asks children for fewer, kindly
MOST_TEXTS = 50
MOST_PREVIEWS = 8
MOST_SIDE = 4096

Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$")]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Name = Annotated[str, StringConstraints(max_length=60)]
JobId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Strength = Annotated[float, Field(ge=0.0, le=1.0)]
Format = Literal["png", "webp", "jpeg"]
Steps = Annotated[int, Field(ge=1, le=200)]
Guidance = Annotated[float, Field(ge=1.0, le=30.0)]


class Body(BaseModel):
    """Unknown fields, numbers in quotes and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Nothing(Body):
    """`{}`."""


class FinishBody(Body):
    saturation: Strength = 0.0
    cartoon: Strength = 0.0

    def finish(self) -> Finish:
        return Finish(self.saturation, self.cartoon)


class JobsBody(Body):
    """One text or several, and how to draw them."""

    text: Text | None = Field(None, description="What to draw, in English or Chinese.")
    texts: list[Text] | None = Field(
        None, min_length=1, max_length=MOST_TEXTS, description="Instead of `text`: several."
    )
    count: int = Field(1, ge=1, le=10, description="Pictures of each text, with seeds that count up.")
    seed: Seed | None = None
    size: Size | None = Field(None, description="WIDTHxHEIGHT in pixels; the model's own where left out.")
    steps: Steps | None = None
    guidance: Guidance | None = None
    style: Name | None = None
    transparent: bool = False
    finish: FinishBody | None = None
    format: Format = "png"
    previews: int = Field(0, ge=0, le=MOST_PREVIEWS, description="Unfinished pictures on the way.")
    priority: int = Field(0, ge=-MOST_PRIORITY, le=MOST_PRIORITY, description="Above 0 for adults alone.")
    patience: float | None = Field(
        None, gt=0, le=7 * 86400, description="Seconds that it may wait in the queue."
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("give text, or texts, and not both")
        return self


class WordsBody(Body):
    text: Text
    style: Name | None = None


class WishBody(Body):
    """Tiles that were chosen: ids of the vocabulary."""

    animal: Name
    language: Literal["en", "zh"] = "en"
    count: int = Field(1, ge=1, le=3)
    colour: Name | None = None
    look: Name | None = None
    mood: Name | None = None
    action: Name | None = None
    accessory: Name | None = None
    place: Name | None = None
    weather: Name | None = None
    season: Name | None = None
    time: Name | None = None
    style: Name | None = None


class AgainBody(Body):
    seed: Literal["new", "same"] | Seed = "new"


class MoveBody(Body):
    to: int = Field(ge=0, le=1_000_000, description="0 is drawn next.")


class PriorityBody(Body):
    priority: int = Field(ge=-MOST_PRIORITY, le=MOST_PRIORITY)


class KeyBody(Body):
    key: Annotated[str, StringConstraints(max_length=200)]


class PinBody(Body):
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")]


class PreferencesBody(Body):
    history: bool | None = None
    retention_days: int | None = Field(None, ge=1, le=3650)
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")] | None = None


class SureBody(Body):
    sure: Literal[True]


class Query(BaseModel):
    """Parameters of an address: text, so numbers are read from it."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    before: int | None = Field(None, ge=1, le=2**53, description="`next` of the last answer.")
    limit: int = Field(50, ge=1, le=200)


class JobsQuery(PageQuery):
    state: list[State] = Field([], max_length=6)
    request: JobId | None = None


class EventsQuery(Query):
    after: int | None = Field(
        None, ge=0, le=2**53, description="As the header Last-Event-ID, which counts first."
    )


class PictureQuery(Query):
    download: bool = Field(False, description="Offer to save it.")


class SignedQuery(Query):
    until: int = Field(ge=0, le=2**53)
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
