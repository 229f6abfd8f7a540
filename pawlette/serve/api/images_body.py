"""What the OpenAI Images API may say, and what each field means here. Knows no job and no route."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pawlette.errors import BadJob
from pawlette.model.family import Family
from pawlette.serve.api.bodies import Body, Format, Guidance, Name, Seed, Steps
from pawlette.serve.api.problems import Problem

Side = Annotated[int, Field(ge=16, le=4096)]
Identifier = Annotated[str, StringConstraints(max_length=512)]
UNUSED = {
    "negative_prompt": "the gate's own negative text is used",
    "generator_device": "noise is always made on the CPU",
    "output_quality": "output_compression says it",
    "enable_teacache": "there is no such cache",
    "vae_use_slicing": "the decoder needs none",
    "vae_use_tiling": "the decoder needs none",
}
"""Fields of other servers that are taken and change nothing, and why."""


class ImagesBody(Body):
    """As OpenAI's, with the fields of vLLM-Omni and SGLang that name no path, address or device."""

    prompt: Annotated[str, StringConstraints(max_length=32_000)]
    model: Name | None = None
    n: int | None = Field(None, ge=1, le=10)
    size: Annotated[str, StringConstraints(pattern=r"^(auto|[1-9][0-9]{1,3}x[1-9][0-9]{1,3})$")] | None = None
    quality: Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"] | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    output_format: Format | None = None
    output_compression: int | None = Field(None, ge=0, le=100)
    response_format: Literal["b64_json", "url"] | None = None
    stream: bool | None = None
    partial_images: int | None = Field(None, ge=0, le=3)
    moderation: Literal["auto", "low"] | None = None
    style: Name | None = None
    user: Identifier | None = None
    safety_identifier: Identifier | None = None
    # vLLM-Omni and SGLang
    seed: Seed | None = None
    num_inference_steps: Steps | None = None
    true_cfg_scale: Guidance | None = None
    guidance_scale: Guidance | None = None
    width: Side | None = None
    height: Side | None = None
    negative_prompt: Annotated[str, StringConstraints(max_length=32_000)] | None = None
    generator_device: Name | None = None
    output_quality: Name | None = None
    enable_teacache: bool | None = None
    vae_use_slicing: bool | None = None
    vae_use_tiling: bool | None = None

    @model_validator(mode="after")
    def _whole_size(self) -> Self:
        if (self.width is None) != (self.height is None):
            raise ValueError("give width and height, or neither")
        return self

    @property
    def form(self) -> Format:
        return self.output_format or "png"

    @property
    def transparent(self) -> bool:
        return self.background == "transparent"

    @property
    def notes(self) -> list[str]:
        """What was taken and changes nothing."""
        notes = [
            f"{name} changes nothing: {why}"
            for name, why in UNUSED.items()
            if getattr(self, name) is not None
        ]
        if self.style in VOID_STYLES:
            notes.append(f"style {self.style} changes nothing: Pawlette's styles are its own")
        if self.moderation == "low":
            notes.append("moderation low changes nothing: the gate is the operator's")
        return notes

    def check(self, family: Family) -> None:
        """Raise the Problem of a request whose fields do not go together."""
        if self.model not in (None, "", "pawlette", family.name):
            raise Problem(
                404,
                "model_not_found",
                f"This server draws with {family.name}; got {self.model!r}.",
                param="model",
            )
        if self.form == "jpeg" and self.transparent:
            raise _wrong("background", "jpeg has no transparency: use png or webp.")
        if self.form == "png" and self.output_compression not in (None, 100):
            raise _wrong("output_compression", "png is always whole: use webp or jpeg.")
        if self.partial_images and not self.stream:
            raise _wrong("partial_images", "partial images come with stream: true.")
        if self.stream and self.response_format == "url":
            raise _wrong("response_format", "a stream carries its pictures: use b64_json.")

    def pixels(self, family: Family) -> tuple[int, int] | None:
        """(width, height), or None for the model's own; raises BadJob where two were given that differ."""
        given = None
        if self.size not in (None, "auto"):
            width, _, height = str(self.size).partition("x")
            given = int(width), int(height)
        if self.width is not None and self.height is not None:
            if given not in (None, (self.width, self.height)):
                raise BadJob(
                    f"size {self.size} and width, height {self.width}x{self.height} are not the same"
                )
            given = self.width, self.height
        return given

    def steps(self, family: Family) -> int | None:
        if self.num_inference_steps is None and self.quality == "low":
            return max(1, family.steps // 2)
        return self.num_inference_steps

    @property
    def guidance(self) -> float | None:
        return self.guidance_scale if self.true_cfg_scale is None else self.true_cfg_scale

    @property
    def own_style(self) -> str | None:
        return None if self.style in VOID_STYLES else self.style


VOID_STYLES = ("vivid", "natural")


def _wrong(param: str, message: str) -> Problem:
    return Problem(400, "invalid_value", message, param=param)
