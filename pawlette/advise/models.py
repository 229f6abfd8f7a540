"""The models that can be advised by name, and a model folder's sizes. Knows no card."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pawlette.advise.sizes import Sizes
from pawlette.errors import BadJob
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21, QWEN_IMAGE_21_TURBO, QWEN_IMAGE_LIGHTNING

BUILTIN = "builtin"
BY_NAME = {
    "2.1-turbo": QWEN_IMAGE_21_TURBO,
    "2.1": QWEN_IMAGE_21,
    "lightning": QWEN_IMAGE_LIGHTNING,
    "1.x": QWEN_IMAGE,
}
NAMES = (BUILTIN, *BY_NAME)


def sizes_of(model: str | Path) -> Sizes:
    """Of a name in NAMES or of a folder; raises BadJob naming what there is, or BadModel."""
    if str(model) in BY_NAME:
        return Sizes.published(BY_NAME[str(model)])
    if str(model) == BUILTIN:
        return Sizes.from_folder(Path(str(resources.files("pawlette") / "builtin")))
    if not Path(model).exists():
        raise BadJob(f"a model is one of {', '.join(NAMES)}, or a folder; got {str(model)!r}")
    return Sizes.from_folder(Path(model))
