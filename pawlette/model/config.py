"""A config.json, already read -> the frozen dataclass of a module's sizes. Knows no module and no file."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pawlette.errors import BadModel

Config = TypeVar("Config")


def read_config(
    cls: type[Config],
    config: Mapping[str, Any],
    *,
    part: str,
    fixed: Mapping[str, Any],
    unused: Collection[str] = (),
    optional: Collection[str] = (),
) -> Config:
    """Make the dataclass `cls` from the keys of `config`, whose names are those of its fields.

    `fixed` keys may only have that value, since another is another architecture; `unused` ones may have any;
    `optional` ones may be left out. Raises BadModel with the `part` and the key: unknown, missing, of a wrong
    type or unsupported.
    """
    given = {key: _frozen(value) for key, value in config.items() if not key.startswith("_")}
    given = {key: value for key, value in given.items() if key not in unused}
    for key, value in fixed.items():
        if given.pop(key, value) != value:
            raise BadModel(f"{part} config: {key} must be {value!r}, got {config[key]!r}")
    known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    if unknown := sorted(given.keys() - known):
        raise BadModel(f"{part} config: unknown key {unknown[0]!r}")
    if missing := sorted(known - given.keys() - set(optional)):
        raise BadModel(f"{part} config: {missing[0]!r} is missing")
    kinds = get_type_hints(cls)
    for key, value in given.items():
        if not _is_a(kinds[key], value):
            raise BadModel(f"{part} config: {key} must be {_named(kinds[key])}, got {config[key]!r}")
    return cls(**given)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _is_a(kind: Any, value: Any) -> bool:
    """Has a JSON value the type of a field? No number is a bool, and a whole number is a float too."""
    inner = get_args(kind)
    if get_origin(kind) is UnionType:
        return any(_is_a(one, value) for one in inner)
    if get_origin(kind) is tuple:
        each = inner[:1] * len(value) if inner[-1] is ... and isinstance(value, tuple) else inner
        return isinstance(value, tuple) and len(value) == len(each) and all(map(_is_a, each, value))
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float if kind is float else kind)


def _named(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
