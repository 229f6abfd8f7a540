"""Settings of every kind of field, as a JSON file gives them."""

from dataclasses import dataclass

import pytest

from pawlette.errors import BadModel
from pawlette.model.config import read_config


@dataclass(frozen=True)
class Sizes:
    layers: int
    eps: float
    causal: bool
    base: int | None = 144
    axes: tuple[int, int] = (4, 8)
    halves: tuple[bool, ...] = ()
    mean: tuple[float, ...] = ()


GIVEN = {
    "_class_name": "Sizes", "layers": 3, "eps": 1e-6, "causal": True, "base": None, "axes": [2, 6],
    "halves": [False, True], "mean": [0.5, 1],
}  # fmt: skip


def read(config):
    return read_config(
        Sizes, config, part="part", fixed={"patch": 1, "scales": ()}, unused=("pooled",), optional=("base",)
    )


def test_each_key_is_a_field():
    assert read(GIVEN) == Sizes(3, 1e-6, True, None, (2, 6), (False, True), (0.5, 1))
    assert read({key: value for key, value in GIVEN.items() if key != "base"}).base == 144


def test_fixed_and_unused_keys_are_no_fields():
    assert read(GIVEN | {"patch": 1, "scales": [], "pooled": "anything"}) == read(GIVEN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": 1}, "part config: unknown key 'colour'"),
        ({"patch": 2}, "part config: patch must be 1, got 2"),
        ({"scales": [0.5]}, r"part config: scales must be \(\), got \[0.5\]"),
        ({"layers": "60"}, "part config: layers must be int, got '60'"),
        ({"layers": 2.0}, "layers must be int, got 2.0"),
        ({"layers": True}, "layers must be int, got True"),
        ({"layers": None}, "layers must be int, got None"),
        ({"eps": "small"}, "eps must be float, got 'small'"),
        ({"eps": False}, "eps must be float, got False"),
        ({"causal": 1}, "causal must be bool, got 1"),
        ({"base": 1.5}, r"base must be int \| None, got 1.5"),
        ({"axes": 4}, r"axes must be tuple\[int, int\], got 4"),
        ({"axes": [4]}, r"axes must be .*, got \[4\]"),
        ({"axes": [4, "8"]}, r"axes must be .*, got \[4, '8'\]"),
        ({"halves": [0, 1]}, "halves must be"),
        ({"mean": ["0.5"]}, "mean must be"),
        ({"mean": None}, "mean must be .*, got None"),
    ],
)
def test_a_wrong_setting_is_named(change, message):
    with pytest.raises(BadModel, match=message):
        read(GIVEN | change)


@pytest.mark.parametrize("key", ["layers", "axes"])
def test_a_missing_setting_is_named(key):
    with pytest.raises(BadModel, match=f"part config: '{key}' is missing"):
        read({name: value for name, value in GIVEN.items() if name != key})
