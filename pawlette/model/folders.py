"""Reads the small files of a model folder, with errors that name the file. Knows nothing of their meaning."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pawlette.errors import BadModel

LARGEST_JSON = 64 * 2**20  # bytes: a tokenizer of a million entries is smaller
# What building a module from settings of a wrong type or size ends in
UNFIT: tuple[type[Exception], ...] = (
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    ImportError,
)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; raises BadModel naming the file."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise BadModel(f"{path} is larger than any settings file of a model ({LARGEST_JSON} bytes)")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadModel(f"{path} is missing") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadModel(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadModel(f"{path} holds no JSON object")
    return found


@contextmanager
def built_from(path: Path, *unfit: type[Exception]) -> Iterator[None]:
    """Around the building of a module from a settings file: what breaks it is BadModel, naming the file."""
    try:
        yield
    except BadModel as error:
        raise BadModel(f"{path}: {error}") from error
    except UNFIT + unfit as error:
        raise BadModel(f"{path} has a setting that does not fit: {error}") from error
