"""A picture's metadata record -> how to draw it again, and why another picture may come. Knows no pixels.

A record is a stranger's: it names parts, and only those that lie among our own are loaded, never a path.
"""

from pathlib import Path
from typing import Any

from pawlette.errors import BadJob, BadModel
from pawlette.job import FULL, Finish, Sampling
from pawlette.model.parts import LIGHT, DecoderChoice, known_loras, split_strength
from pawlette.studio import Studio


def parts_of(record: dict[str, Any], model: Path) -> dict[str, Any]:
    """The keyword arguments of `Studio` that load the record's decoder and LoRA, where they are here."""
    parts: dict[str, Any] = {}
    try:
        parts["decoder"] = DecoderChoice.find(LIGHT if record.get("decoder") == LIGHT else FULL, model).name
    except BadModel:
        parts["decoder"] = FULL
    label = record.get("lora")
    try:
        known = isinstance(label, str) and split_strength(label)[0] in known_loras(model)
    except BadJob:
        known = False
    return parts | {"lora": label if known else None}


def replay(record: dict[str, Any], *, studio_mode: bool = False) -> dict[str, Any]:
    """The keyword arguments of `accept` that draw a picture's metadata record again; raises BadJob.

    The record's own negative text goes with them in studio mode alone.
    """
    text = record.get("words")
    if not isinstance(text, str) or not text:
        raise BadJob(
            "the picture's record holds no words (they were left out for privacy), so it cannot be drawn again"
        )
    seed, steps, guidance = record.get("seed"), record.get("steps"), record.get("guidance")
    width, height, style = record.get("width"), record.get("height"), record.get("style")
    for number in (seed, steps, width, height):
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadJob(f"the picture's record holds {number!r} where a whole number belongs")
    if not isinstance(guidance, int | float) or not 1 <= guidance <= 30 or not isinstance(style, str):
        raise BadJob(
            f"the picture's record holds guidance {guidance!r} and style {style!r}, which cannot be drawn"
        )
    negative = record.get("negative") if studio_mode and record.get("open_text") is True else None
    if negative is not None and not isinstance(negative, str):
        raise BadJob(f"the picture's record holds the negative text {negative!r}, which cannot be read")
    return {
        "text": text, "negative": negative, "seed": seed, "size": (width, height), "steps": steps,
        "guidance": float(guidance),
        "style": style, "transparent": record.get("transparent") is True, "finish": _finish(record.get("finish")),
        "sampling": _sampling(record.get("sampling")),
    }  # fmt: skip


def _finish(given: Any) -> Finish:
    if given is None:  # also in records that are older than any finish
        return Finish()
    try:
        return Finish(**given)
    except TypeError:
        raise BadJob(f"the picture's record holds the finish {given!r}, which is not known") from None


def _sampling(given: Any) -> Sampling:
    if given is None:
        return Sampling()
    if isinstance(given, dict) and given.keys() == {"shift", "rescaled"}:
        shift, rescaled = given["shift"], given["rescaled"]
        if (
            isinstance(shift, int | float | None)
            and not isinstance(shift, bool)
            and rescaled in (True, False, None)
        ):
            return Sampling(shift, rescaled)
    raise BadJob(f"the picture's record holds the sampling {given!r}, which is not known")


def differences(studio: Studio, record: dict[str, Any]) -> tuple[str, ...]:
    """Why a picture drawn again from `record` by this studio may be another one."""
    found = []
    if record.get("model") != studio.family.name:
        found.append(f"drawn by {record.get('model')!r}, drawn again by {studio.family.name!r}")
    if record.get("open_text") is True and not studio.studio_mode:
        found.append("drawn from open text; without --studio the words are read anew")
    if (decoder := record.get("decoder", FULL)) != studio.decoder.name:
        found.append(f"drawn with the decoder {decoder!r}, drawn again with {studio.decoder.name!r}")
    label = None if studio.lora is None else studio.lora.label
    if record.get("lora") != label:
        before = f"the LoRA {record['lora']!r}" if record.get("lora") else "no LoRA"
        again = "it is not here: left out" if label is None else f"drawn again with {label!r}"
        found.append(f"drawn with {before}, {again}")
    elif record.get("lora_digest") != studio.lora_digest:
        found.append(f"the file of the LoRA {label!r} is not the one that it was drawn with")
    return tuple(f"another picture may come: {why}" for why in found)
