"""Draws the benchmark's pictures with a model, through the Studio. Knows no judge and no score."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pawlette.bench.art_prompts import Wish
from pawlette.device import choose
from pawlette.errors import BadJob, BadPicture
from pawlette.files import check_folder, write_whole
from pawlette.model.fingerprint import of_model
from pawlette.studio import Studio, version

SETTINGS = "settings.json"


def settings(studio: Studio, steps: int | None) -> dict[str, Any]:
    """What the pictures depend on besides their prompts and seeds."""
    family = studio.family
    return {
        "model": family.name,
        "weights": of_model(studio.folder),  # models of one name may differ
        "pawlette": version(),
        "steps": family.steps if steps is None else steps,
        "guidance": family.guidance,
        "device": choose(studio.device),
    }


def read_settings(folder: Path) -> dict[str, Any] | None:
    """What the folder's pictures were drawn with, where it says so."""
    return read_object(folder / SETTINGS)


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object, None where there is no file; raises BadPicture for what nobody can read."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadPicture(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadPicture(f"{path} holds no JSON object")
    return found


def draw(studio: Studio, wishes: Sequence[Wish], folder: Path, *, steps: int | None = None) -> Iterator[Path]:
    """Each wish as a PNG in its place; those that an earlier run with the same settings left are not drawn again."""
    _keep_settings(folder, settings(studio, steps))
    for wish in wishes:
        path = folder / wish.file
        if not path.is_file():
            accepted = studio.accept(wish.text, seed=wish.seed, steps=steps, transparent=wish.transparent)
            check_folder(path.parent)
            studio.draw(accepted.job).save(path)
        yield path


def _keep_settings(folder: Path, wanted: dict[str, Any]) -> None:
    """Pictures of two models or step counts never lie in one folder."""
    check_folder(folder)
    if (found := read_settings(folder)) not in (None, wanted):
        raise BadJob(f"{folder} holds pictures that were drawn with {found}; give another --out for {wanted}")
    write_whole(folder / SETTINGS, (json.dumps(wanted, indent=1) + "\n").encode())
