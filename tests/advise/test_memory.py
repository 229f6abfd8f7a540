"""The fullest moment of every stage by formula, against the modules run without memory."""

import pytest
import torch

from pawlette.advise.constants import SLACK
from pawlette.advise.memory import Load, decoder_weights, denoiser_weights, latents_held, need
from pawlette.model.switches import Switches
from pawlette.model.table import ModulationTable
from tests.advise import built
from tests.advise.live import Live, as_on_a_gpu, peak

NEAR = 0.03  # the promise is 10 % of what a GPU counts; the libraries' own share of that is not here
TEXT = 60


def load(precision, width, height, **settings):
    switches = {name: settings.pop(name) for name in ("prefix", "table", "folded") if name in settings}
    return Load(Switches(precision=precision, **switches), width, height, text_tokens=TEXT, **settings)


def pixels(model, tokens):
    """A side of a picture of tokens x tokens."""
    family = built.sizes(model).family
    return tokens * family.pixels_per_latent * family.patch


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("tokens", [16, 64])
@pytest.mark.parametrize("precision", built.DTYPES)
@pytest.mark.parametrize("model", ["1.x", "2.1", "builtin"])
def test_a_step(model, precision, tokens, rows):
    sizes, module, side = (
        built.few_layers(model),
        built.denoiser(model, precision, built.LAYERS),
        pixels(model, tokens),
    )
    dtype = built.DTYPES[precision]
    with torch.device("meta"):
        latents = torch.empty(rows, tokens * tokens, sizes.denoiser.inputs, dtype=dtype)
        text = torch.empty(rows, TEXT, sizes.denoiser.context, dtype=dtype)
        sigmas = torch.empty(rows)
    found = peak(lambda: module(latents, text, sigmas, (tokens, tokens)))
    wish = load(precision, side, side, rows=rows)
    told = need(sizes, wish).denoise.work - latents_held(sizes, wish)
    assert told == pytest.approx(found, rel=NEAR)
    guided = need(sizes, load(precision, side, side, rows=rows, guided=True)).denoise.work
    assert guided == need(sizes, load(precision, side, side, rows=2 * rows)).denoise.work


@pytest.mark.parametrize("precision", built.DTYPES)
@pytest.mark.parametrize("model", ["2.1", "builtin"])
def test_a_step_behind_a_text_that_was_read(model, precision):
    sizes, module, side = (
        built.few_layers(model),
        built.denoiser(model, precision, built.LAYERS),
        pixels(model, 24),
    )
    dtype, heads = built.DTYPES[precision], sizes.denoiser.width // sizes.denoiser.head_dim
    with torch.device("meta"):
        latents = torch.empty(2, 24 * 24, sizes.denoiser.inputs, dtype=dtype)
        prefix = torch.empty(2, sizes.denoiser.layers, 2, heads, TEXT, sizes.denoiser.head_dim, dtype=dtype)
        sigmas = torch.empty(2)
    found = peak(lambda: module.forward_behind(latents, prefix, sigmas, (24, 24)))
    carried = 2 * prefix.nbytes  # the rows' own, and all together
    wish = load(precision, side, side, rows=2, prefix=True)
    told = need(sizes, wish).denoise.work - latents_held(sizes, wish)
    assert told == pytest.approx(found + carried, rel=NEAR)


def test_a_table_is_held_in_place_of_the_modulation():
    sizes = built.sizes("1.x")
    saved = denoiser_weights(sizes, load("bf16", 1024, 1024)) - denoiser_weights(
        sizes, load("bf16", 1024, 1024, table=True)
    )
    assert saved / 1e9 == pytest.approx(13.59 - 50 * 0.0044, rel=0.01)


def test_a_table_stays_where_it_was_made_while_parts_take_turns():
    sizes = built.sizes("toy 1.x")
    width, steps = sizes.denoiser.width, sizes.family.steps
    layer = dict.fromkeys(("img_mod", "txt_mod"), (torch.zeros(6 * width, width), torch.zeros(6 * width)))
    table = ModulationTable(lambda index: layer, sizes.denoiser.layers, lambda sigma: torch.zeros(1, width))
    schedule = [1 - at / steps for at in range(steps)]
    whole = table.rows(schedule, [schedule])
    plain, tabled = (need(sizes, load("fp32", 64, 64, table=yes)) for yes in (False, True))
    assert (plain.stays, tabled.stays) == (0, whole.nbytes)
    for stage, added in (("encode", whole.nbytes), ("decode", whole.nbytes)):
        more = tabled.allocated(stage, in_turns=True) - plain.allocated(stage, in_turns=True)
        assert more == added
    weights = tabled.denoise.weights  # holds the table already
    assert tabled.allocated("denoise", in_turns=True) == weights + tabled.denoise.work
    assert tabled.allocated("decode", in_turns=False) == tabled.weights + tabled.decode.work


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("model", built.MODELS)
def test_a_decode(model, precision, folded):
    sizes, module = built.sizes(model), built.autoencoder(model, precision, folded=folded)
    side = 48 * sizes.family.pixels_per_latent
    with torch.device("meta"):
        latents = torch.empty(2, sizes.decoder.z, 48, 48, dtype=built.DTYPES[precision])
    found = peak(lambda: module.decode(latents))
    told = need(sizes, load(precision, side, side, rows=2, folded=folded)).decode.work
    assert told == pytest.approx(found, rel=NEAR)
    assert decoder_weights(sizes, load(precision, side, side, folded=folded)) == pytest.approx(
        sum(one.nbytes for one in module.parameters())
        + (sizes.upscaler.parameters * 4 if sizes.upscaler else 0)
    )


def test_a_light_decode_and_an_enlarged_picture():
    sizes, (light, upscaler) = built.sizes("builtin"), built.additions()
    with torch.device("meta"):
        latents, picture = torch.empty(1, 64, 16, 16), torch.empty(1, 4, 256, 256)
    decoded = peak(lambda: light.decode(latents))
    told = need(sizes, load("fp32", 256, 256, decoder="light")).decode.work
    assert told == pytest.approx(decoded, rel=NEAR)
    enlarged = need(sizes, load("bf16", 512, 512, decoder="light")).decode.work
    assert enlarged == pytest.approx(peak(lambda: upscaler(picture)) + picture.nbytes, rel=NEAR)
    assert sizes.family.default_size == (256, 256)


def test_reading_a_text():
    """Of the older tower without memory; of the newer, which asks for numbers, at a toy size with memory."""
    module = built.tower("1.x").to(torch.bfloat16)
    with torch.device("meta"):
        ids = torch.empty(1, TEXT + 34, dtype=torch.long)
    found = peak(lambda: module(ids))
    assert need(built.sizes("1.x"), load("bf16", 1024, 1024)).encode.work == pytest.approx(found, rel=0.1)
    module = built.tower("builtin", meta=False)
    with as_on_a_gpu(), Live() as live:
        module(torch.zeros(1, TEXT, dtype=torch.long))
    assert need(built.sizes("builtin"), load("fp32", 256, 256)).encode.work == pytest.approx(
        live.peak, rel=0.1
    )


def test_parts_in_turns_need_the_largest_stage_and_resident_ones_all_weights():
    told = need(built.sizes("2.1"), load("bf16", 1024, 1024), workspace=100)
    stages = [stage.weights + stage.work + 100 for stage in told.stages]
    assert told.alone(in_turns=True) == max(stages)
    assert told.alone(in_turns=False) == told.weights + max(stage.work for stage in told.stages) + 100
    assert told.beside() == told.weights + sum(stage.work for stage in told.stages) + 300
    assert told.weights < told.alone(in_turns=False) < told.reserved(told.alone(in_turns=False))
    # In turns the largest is the text tower, whose work is small: what the denoiser's needs to spare is more.
    assert told.reserved_in_turns() == max(
        round(stage.weights + 100 + (1 + SLACK) * stage.work) for stage in told.stages
    )
    assert told.alone(in_turns=True) < told.reserved_in_turns()
