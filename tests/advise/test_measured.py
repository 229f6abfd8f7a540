"""Where a rate comes from: the very case measured, scaled from another, or arithmetic alone."""

from dataclasses import replace

import pytest

from pawlette.advise import measured, speed
from pawlette.advise.cards import find, processor
from pawlette.advise.measured import Anchor, Expected
from pawlette.advise.memory import Load
from pawlette.model.switches import Switches
from tests.advise import built

BF16 = Switches(precision="bf16")
ANCHOR = Anchor("H200", "2.1", 1024, 8, False, 1, BF16, 2.5, "rung engine on H200")


def expected(card, known, model="2.1", size=1024, switches=BF16, steps=8) -> Expected:
    return measured.expected(
        model, built.sizes(model if model in ("1.x", "builtin") else "2.1"),
        Load(switches, size, size, text_tokens=64), card, steps, in_turns=False, pictures=100, known=known,
    )  # fmt: skip


def test_the_case_that_was_measured_is_told_as_it_was():
    told = expected(find("H200"), [ANCHOR])
    assert told.basis == "measured"
    assert told.seconds.on_device == pytest.approx(2.5)
    assert told.source == "rung engine on H200"


def test_another_size_or_card_is_scaled_by_measured_over_predicted():
    sizes, half = built.sizes("2.1"), Load(BF16, 512, 512, text_tokens=64)
    whole = speed.predict(sizes, Load(BF16, 1024, 1024, text_tokens=64), find("H200"), 8).on_device
    for card, size in ((find("H200"), 512), (find("A100 80GB"), 1024)):
        told = expected(card, [ANCHOR], size=size)
        plain = speed.predict(sizes, replace(half, width=size, height=size), card, 8).on_device
        assert told.basis == "scaled"
        assert told.seconds.on_device == pytest.approx(plain * 2.5 / whole)
        assert "rung engine on H200" in told.source


def test_the_nearest_measurement_counts():
    near = replace(ANCHOR, card="A100 80GB", seconds=9.0, source="near")
    assert expected(find("A100 80GB"), [ANCHOR, near]).source == "near"
    other = replace(ANCHOR, switches=replace(BF16, compiled=True), source="compiled")
    assert expected(find("H200"), [ANCHOR, other], size=512).source.endswith("rung engine on H200")


def test_nothing_is_scaled_from_another_kind_of_device_or_architecture():
    assert expected(processor(2, 16), [ANCHOR], switches=Switches(precision="fp32")).basis == "estimated"
    assert expected(find("H200"), [ANCHOR], model="1.x").basis == "estimated"
    assert expected(find("H200"), []).basis == "estimated"


def test_a_small_model_that_is_scaled_from_a_large_one_is_told_as_a_bound():
    assert expected(find("H200"), [ANCHOR], model="builtin", size=256).source.endswith("a bound from above")
    own = replace(ANCHOR, model="builtin", size=256)
    assert "bound" not in expected(find("H200"), [own], model="builtin", size=512).source
    assert "bound" not in expected(find("H200"), [ANCHOR], size=512).source


def test_what_ships_is_read_and_every_card_of_it_is_known():
    anchors = measured.anchors()
    assert anchors
    for anchor in anchors:
        assert anchor.device().kind in ("cuda", "cpu")
        assert Anchor.read(anchor.to_dict() | {"switches": anchor.to_dict()["switches"]}) == anchor
    (cpu,) = [anchor for anchor in anchors if anchor.cores]
    told = measured.expected(
        "builtin", built.sizes("builtin"), cpu.load(), processor(cpu.cores, 16), cpu.steps, in_turns=False, pictures=100
    )  # fmt: skip
    assert told.basis == "scaled", "another CPU of as many cores is not this one"
    assert told.seconds.on_device == pytest.approx(cpu.seconds)
