"""Which card is meant, and what an unknown one is told."""

import pytest

from pawlette.advise import cards
from pawlette.advise.cards import CARDS, custom, find
from pawlette.advise.constants import CONTEXT, GIB
from pawlette.device import FP8_CAPABILITY
from pawlette.errors import BadJob

WANTED = (
    "GTX 1650", "RTX 2060", "RTX 3060 Laptop", "RTX 3060", "RTX 3090", "RTX 4060", "RTX 4070", "RTX 4090", "RTX 5070",
    "RTX 5090", "T4", "L4", "L40S", "A10", "A100 40GB", "A100 80GB", "H100", "H200", "Apple M1", "CPU",
)  # fmt: skip


def test_every_card_that_is_promised_is_known_by_its_own_name():
    assert {find(name).name for name in WANTED} == set(WANTED)
    assert all(find(card.name) is card for card in CARDS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NVIDIA GeForce RTX 3060 Laptop GPU", "RTX 3060 Laptop"), ("rtx 3060", "RTX 3060"), ("3090", "RTX 3090"),
        ("NVIDIA A100-SXM4-40GB", "A100 40GB"), ("A100-SXM4-80GB", "A100 80GB"), ("Tesla T4", "T4"),
        ("NVIDIA H100 80GB HBM3", "H100"), ("NVIDIA H100 PCIe", "H100 PCIe"), ("RTX 3060 12 GB", "RTX 3060"),
        ("NVIDIA GeForce GTX 1650", "GTX 1650"), ("cpu", "CPU"),
    ],
)  # fmt: skip
def test_a_card_is_found_however_its_maker_writes_it(written, meant):
    assert find(written).name == meant


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("RTX 4070 Ti", "RTX 4070,"),
        ("A100", "A100 40GB, A100 80GB"),
        ("apple m3", "Apple M3 Max"),
        ("", "GTX 1650"),
    ],
)
def test_another_card_is_never_taken_for_a_known_one(written, near):
    with pytest.raises(BadJob, match=near) as told:
        find(written)
    assert "--vram 6 --compute 8.6" in str(told.value)


def test_what_a_card_can_follows_from_its_capability():
    assert cards.FP8 == FP8_CAPABILITY
    assert find("T4").precisions == ("fp32", "fp16")
    assert find("RTX 3090").precisions == ("bf16",)
    assert find("RTX 4060").precisions == ("bf16", "fp8")
    assert find("CPU").precisions == find("Apple M1").precisions == ("fp32",)
    assert all(card.fp8 > card.half for card in CARDS if "fp8" in card.precisions)


def test_a_card_that_is_not_known_by_name():
    card = custom(6, "8.6")
    assert (card.memory, card.capability, card.assumed) == (6, (8, 6), True)
    assert card.half == find("RTX 3060 Laptop").half
    assert card.room == 6 * GIB - CONTEXT
    assert custom(80, "9.0").bandwidth == find("H100").bandwidth
    assert custom(8, "6.1").half == custom(8, "6.1").fp32, "no tensor cores"


@pytest.mark.parametrize(
    ("vram", "compute", "told"),
    [
        (6, "86", "such as 8.6; got '86'"),
        (6, "a.b", "such as 8.6"),
        (0, "8.6", "from 0.5"),
        (6, "3.5", "5.0 or more"),
    ],
)
def test_a_bad_description_is_named(vram, compute, told):
    with pytest.raises(BadJob, match=told):
        custom(vram, compute)
