"""What the Images API answers, as models that its description is made from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Safety(Open):
    status: str
    said: list[str]


class ImageAnswer(Open):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None
    seed: int
    job_id: str
    safety: Safety


class TokenDetails(Open):
    image_tokens: int
    text_tokens: int


class UsageAnswer(Open):
    input_tokens: int
    input_tokens_details: TokenDetails
    output_tokens: int
    total_tokens: int


class ImagesAnswer(Open):
    """As OpenAI's, with `notes` on what was asked for and changes nothing."""

    created: int
    data: list[ImageAnswer]
    background: Literal["transparent", "opaque"]
    output_format: Literal["png", "webp", "jpeg"]
    quality: Literal["low", "high"]
    size: str
    usage: UsageAnswer
    notes: list[str]
