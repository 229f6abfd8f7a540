"""The ladder's table: names, batches, and what one generation does not have."""

import pytest

from pawlette.bench.rungs import PLAIN, choose, rungs, stepwise, told
from pawlette.errors import BadJob


def test_each_switch_stands_alone_and_all_together():
    one, other = rungs("2.1"), rungs("1.x")
    assert "prefix" in one
    assert "table" not in one
    assert "table" in other
    assert "prefix" not in other
    assert one["inline"].switches == one["engine"].switches == PLAIN
    assert one["all-16"].batch == 16
    assert one["fp8"].switches.precision == "fp8"
    for switch in ("packed", "folded", "compiled", "graphs"):
        assert getattr(other[switch].switches, switch)
        assert getattr(other["all"].switches, switch)


def test_rungs_are_chosen_in_the_order_given():
    assert [rung.name for rung in choose("2.1", ["fp8-16", "inline"])] == ["fp8-16", "inline"]
    assert len(choose("2.1")) == len(rungs("2.1"))
    with pytest.raises(BadJob, match="got 'tablet'"):
        choose("1.x", ["tablet"])


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
@pytest.mark.parametrize("generation", ["1.x", "2.1"])
def test_steps_are_rungs_of_every_generation(generation, device, quick):
    names = stepwise(device, quick=quick)
    climbed = choose(generation, names)
    assert [rung.name for rung in climbed] == list(names)
    assert {"inline", "engine"} <= set(names)
    assert sum(rung.preload for rung in climbed) == (device != "cpu" or not quick)


def test_switches_are_told_by_what_is_not_plain():
    assert told(PLAIN) == "no switch on"
    assert told(rungs("2.1")["fp8"].switches) == (
        "precision fp8, packed, attention cudnn, unmasked, fused, prefix, folded, compiled, graphs"
    )
