"""What a card tells, and how it is said that it tells nothing."""

import time

import pynvml
import pytest

from pawlette.bench import nvml
from pawlette.bench.gauge import Unseen
from pawlette.bench.nvml import Card
from tests.bench.fake_nvml import FakeNvml


@pytest.fixture
def card(monkeypatch):
    def make(identity="GPU-1234", **settings):
        fake = FakeNvml(**settings)
        monkeypatch.setattr(nvml, "pynvml", fake)
        monkeypatch.setattr(nvml.devices, "uuid", lambda _: identity)
        return fake

    return make


def test_samples_come_with_their_moment_and_only_once(card):
    card(percents=[10, 20, 100])
    seen = Card("cuda").samples(time.time() - 10)
    assert [one.percent for one in seen] == [10.0, 20.0, 100.0]
    assert seen[1].time - seen[0].time == pytest.approx(0.1, abs=1e-3)
    assert [one.percent for one in Card("cuda").samples(seen[1].time)] == [100.0]
    assert Card("cuda").samples(seen[2].time) == []


def test_sm_util_is_between_two_readings_which_are_given_back(card):
    fake = card(sm_util=42.0)
    end = Card("cuda").begin_gpm()
    assert end() == 42.0
    assert fake.freed == 2


def test_a_card_without_gpm_says_so(card):
    card(gpm=False)
    one = Card("cuda")
    assert "Hopper" in one.no_gpm
    assert one.begin_gpm()() is None
    card(missing={"gpm": pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)})
    assert "not told by this driver" in Card("cuda").no_gpm


def test_a_reading_that_fails_is_no_figure(card):
    card(missing={"gpm sample": pynvml.NVMLError(pynvml.NVML_ERROR_UNKNOWN)})
    one = Card("cuda")
    assert one.begin_gpm()() is None
    assert "could not be read" in one.no_gpm


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"missing": {"init": pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)}}, "no NVIDIA driver"),
        ({"missing": {"init": pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)}}, "could not be started"),
        ({"missing": {"handle": pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)}}, "does not answer"),
        ({"divided": True}, "MIG"),
        ({"identity": "MIG-99"}, "MIG"),
        ({"identity": None}, "identity"),
    ],
)
def test_why_nothing_is_told_is_a_sentence(card, settings, said):
    fake = card(**settings)
    with pytest.raises(Unseen, match=said):
        Card("cuda")
    assert fake.closed == ("init" not in fake.missing)


def test_samples_that_are_not_kept_are_named(card):
    card(missing={"samples": pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)})
    with pytest.raises(Unseen, match="keeps no utilisation samples"):
        Card("cuda").samples()


def test_others_are_counted_where_they_are_told(card):
    card(others=2)
    assert Card("cuda").others() == 2
    card(missing={"processes": pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)})
    assert Card("cuda").others() is None


@pytest.mark.skipif(
    bool(pynvml.__dict__.get("nvmlLib")), reason="NVML was started by somebody else in this process"
)
def test_the_real_library_answers_or_is_not_here(monkeypatch):
    """On a machine without a card the library's own loader fails, and that is a sentence."""
    monkeypatch.setattr(nvml.devices, "uuid", lambda _: "GPU-0")
    with pytest.raises(Unseen):
        Card("cuda")
