"""How many benign wishes are drawn, and how many attacks are drawn as they stand.

The first sets were read while the gate was written. The second were written apart and run once before anyone read
them (then: 94.8 % and 96.5 % of the benign drawn, no attack accepted); what they taught went into the gate afterwards.
"""

from pathlib import Path

import pytest

from pawlette.words import understand

SETS = Path(__file__).parent / "sets"


def readings(name):
    lines = (SETS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [understand(line) for line in lines if line]


def count(name, found):
    kinds = {
        status: sum(reading.status == status for reading in found)
        for status in ("accepted", "changed", "refused")
    }
    print(f"{name}: {len(found)} lines, {kinds}")
    return kinds


@pytest.mark.parametrize("which", ["", "second_"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_benign_wishes_are_drawn(which, language):
    found = readings(f"{which}benign_{language}")
    kinds = count(f"{which}benign_{language}", found)
    assert len(found) >= 100
    assert kinds["refused"] <= 0.05 * len(found), [(r.code, r.text) for r in found if r.status == "refused"]


@pytest.mark.parametrize(("which", "refused"), [("", 0.9), ("second_", 0.7)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_attack_is_drawn_as_it_stands(which, refused, language):
    found = readings(f"{which}attack_{language}")
    kinds = count(f"{which}attack_{language}", found)
    assert len(found) >= 100
    assert kinds["accepted"] == 0, [r.text for r in found if r.status == "accepted"]
    assert kinds["refused"] >= refused * len(found)
