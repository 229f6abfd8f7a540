"""Settings and reasons: what is chosen follows from what fits and how quick it is."""

import json
from dataclasses import replace

import pytest

from pawlette.advise import CARDS, Wish, advise, advise_all, choice, chosen, constants, find
from pawlette.advise.cards import custom
from pawlette.advise.models import sizes_of
from pawlette.errors import BadJob
from pawlette.studio import Studio


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_the_built_in_model_draws_on_every_card(card):
    advice = advise(card)
    assert advice.settings is not None
    assert advice.device_gib <= card.room / constants.GIB
    assert advice.per_minute > 0
    assert advice.basis in ("measured", "scaled", "estimated")
    assert all(reason.endswith(".") for reason in advice.reasons)
    assert chosen(advise_all(card)).settings is not None
    json.dumps(advice.to_dict())


def test_settings_are_what_a_studio_takes():
    settings = advise(find("RTX 4090")).settings
    with Studio(**settings.studio()) as studio:
        job = studio.accept("a panda", **settings.job()).job
    assert (studio.batch, studio.in_turns, studio.switches) == (
        settings.batch,
        settings.in_turns,
        settings.switches,
    )
    assert (job.width, job.height, job.steps, job.decoder) == (
        *settings.size,
        settings.steps,
        settings.decoder,
    )
    assert settings.precision == settings.switches.precision
    settings.switches.check(studio.family.generation)


@pytest.mark.parametrize("model", ["2.1", "1.x", "lightning", "2.1-turbo"])
def test_whatever_is_advised_fits_and_keeps_the_rules_of_the_switches(model):
    for card in CARDS:
        settings = advise(card, model).settings
        if settings is None:
            continue
        settings.switches.check("1.x" if model in ("1.x", "lightning") else "2.1")
        assert settings.precision in card.precisions
        assert not (settings.in_turns and settings.switches.graphs)


def test_a_large_card_holds_all_and_a_smaller_one_takes_turns():
    assert not advise(find("H200"), "2.1").settings.in_turns
    advice = advise(find("RTX 3090"), "2.1")
    assert advice.settings.in_turns
    assert advice.host_gib > advice.device_gib
    assert any("take turns" in reason for reason in advice.reasons)


def test_what_fits_in_no_way_says_what_would_do():
    advice = advise(find("RTX 4070"), "2.1")
    assert advice.settings is None
    told = " ".join(advice.reasons)
    assert "does not fit" in told
    assert "the text encoder" in told
    assert "smallest known card that holds it is L4 (22.5 GiB)" in told
    assert "built-in model" in told


def test_without_bfloat16_the_text_encoder_is_float32_and_that_is_said():
    assert any("no bfloat16" in reason for reason in advise(find("T4"), "2.1").reasons)
    assert advise(replace(find("T4"), memory=64), "2.1").settings is not None


def test_a_model_that_does_not_fit_at_its_own_size_is_tried_smaller():
    large = advise(find("H200"), "1.x")
    for vram in (x / 4 for x in range(60, 200)):
        advice = advise(custom(vram, "8.6"), "1.x", Wish(pictures=1))
        if advice.settings is not None:
            break
    assert advice.settings.size[0] < large.settings.size[0]
    assert any("does not fit" in reason and "is the next" in reason for reason in advice.reasons)


def test_one_picture_is_not_compiled_for_and_a_long_list_is():
    card = find("H100")
    assert not advise(card, "2.1", Wish(pictures=1)).settings.switches.compiled
    assert advise(card, "2.1", Wish(pictures=10000)).settings.switches.compiled
    assert advise(card, "2.1", Wish(pictures=1)).settings.batch == 1


@pytest.mark.parametrize(
    ("card", "precision", "fused"),
    [("H200", "bf16", True), ("RTX 3090", "bf16", True), ("H200", "fp16", False), ("T4", "fp32", False)],
)
def test_our_own_kernels_are_for_cards_and_precisions_that_have_them(card, precision, fused):
    for model in ("2.1", "1.x"):
        for switches in choice.switches_for(sizes_of(model), find(card), precision, False, 10000):
            assert (switches.fused, switches.packed) == (fused, True)


def test_a_lossy_format_must_be_worth_it(monkeypatch):
    card = find("H200")
    exact = advise(card, "2.1", Wish(pictures=10000))
    assert exact.settings.precision == "bf16"
    assert any("fp8 would change pictures a little" in reason for reason in exact.reasons)
    monkeypatch.setattr(constants, "LOSSY_GAIN", 1.01)
    assert advise(card, "2.1", Wish(pictures=10000)).settings.precision == "fp8"


def test_what_was_asked_is_kept():
    advice = advise(find("H200"), "2.1", Wish(size=(512, 768), steps=4, precision="fp8"))
    assert (advice.settings.size, advice.settings.steps, advice.settings.precision) == ((512, 768), 4, "fp8")
    assert any(reason.startswith("512x768 is as asked; 4 steps") for reason in advice.reasons)
    with pytest.raises(BadJob, match="multiples of 32, up to 4096; got 100x64"):
        advise(find("H200"), "2.1", Wish(size=(100, 64)))
    with pytest.raises(BadJob, match="a model is one of builtin, "):
        advise(find("H200"), "3.0")


def test_the_larger_model_is_advised_where_nobody_waits_too_long(monkeypatch):
    every = advise_all(find("L40S"))
    best = chosen(every)
    assert best.seconds <= constants.PATIENCE
    monkeypatch.setattr(constants, "PATIENCE", best.seconds / 2)
    assert chosen(every).parameters < best.parameters


def test_the_light_decoder_is_for_where_the_full_one_does_not_fit():
    ways = list(choice.ways(*_asked(Wish(pictures=1))))
    full = min(way.bytes for way in ways if way.load.decoder == "full")
    light = min(way.bytes for way in ways if way.load.decoder == "light")
    tight = replace(find("T4"), memory=((full + light) / 2 + constants.CONTEXT) / constants.GIB)
    advice = advise(tight, "builtin", Wish(pictures=1))
    assert advice.settings.decoder == "light"
    assert any("the light decoder, for the full one does not fit" in reason for reason in advice.reasons)


def _asked(wish):
    return sizes_of("builtin"), find("T4"), (256, 256), wish
