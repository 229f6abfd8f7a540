"""The time's ingredients against the modules, and that it moves as it must. No time is asserted."""

from dataclasses import replace

import pytest
import torch

from pawlette.advise import constants, speed
from pawlette.advise.cards import find, processor
from pawlette.advise.memory import Load
from pawlette.model.switches import Switches
from tests.advise import built
from tests.advise.live import traffic

TOKENS, TEXT = 32, 60


def load(precision="bf16", size=1024, rows=1, **switches):
    return Load(Switches(precision=precision, **switches), size, size, rows, text_tokens=TEXT)


@pytest.mark.parametrize("precision", built.DTYPES)
@pytest.mark.parametrize(("model", "prefix"), [("1.x", False), ("2.1", False), ("2.1", True)])
def test_a_block_reads_writes_and_launches_what_the_table_says(model, prefix, precision):
    denoiser, dtype = built.sizes(model).denoiser, built.DTYPES[precision]
    few, many = (built.denoiser(model, precision, layers) for layers in (2, 4))
    heads = denoiser.width // denoiser.head_dim

    def forward(module, layers):
        with torch.device("meta"):
            latents = torch.empty(1, TOKENS * TOKENS, denoiser.inputs, dtype=dtype)
            text = torch.empty(1, TEXT, denoiser.context, dtype=dtype)
            kept = torch.empty(1, layers, 2, heads, TEXT, denoiser.head_dim, dtype=dtype)
            sigmas = torch.empty(1)
        if prefix:
            return traffic(lambda: module.forward_behind(latents, kept, sigmas, (TOKENS, TOKENS)))
        return traffic(lambda: module(latents, text, sigmas, (TOKENS, TOKENS)))

    forward(few, 2)  # angles that are remembered are made
    (bytes2, kernels2), (bytes4, kernels4) = forward(few, 2), forward(many, 4)
    tokens = TOKENS * TOKENS + (0 if prefix else TEXT)
    each = (bytes4 - bytes2) / 2 / tokens / denoiser.width
    assert speed.TRAFFIC["2.1 prefix" if prefix else model][precision] == pytest.approx(each, rel=0.03)
    assert speed.KERNELS[model][precision] == pytest.approx((kernels4 - kernels2) / 2, rel=0.05)


@pytest.mark.parametrize("model", ["1.x", "2.1", "builtin"])
def test_a_decoder_reads_and_writes_as_its_module_does(model):
    decoder, module = built.sizes(model).decoder, built.autoencoder(model, "bf16")
    with torch.device("meta"):
        latents = torch.empty(1, decoder.z, 24, 24, dtype=torch.bfloat16)
    found, kernels = traffic(lambda: module.decode(latents))
    assert decoder.traffic(24 * 24, 2) == pytest.approx(found, rel=0.1)
    assert decoder.kernels(2) == pytest.approx(kernels, rel=0.1)


def test_a_quicker_card_draws_more_and_more_work_takes_longer():
    sizes = built.sizes("2.1")

    def seconds(card, wish, steps=8):
        return speed.predict(sizes, wish, find(card), steps).on_device

    assert seconds("H200", load()) < seconds("A100 80GB", load()) < seconds("RTX 3090", load())
    assert seconds("H200", load(size=512)) < seconds("H200", load())
    assert seconds("H200", load(), 8) < seconds("H200", load(), 40)
    assert seconds("H200", load(prefix=True)) < seconds("H200", load())
    assert seconds("H200", load(compiled=True)) < seconds("H200", load())
    assert seconds("H200", load("fp8", compiled=True)) < seconds("H200", load(compiled=True))


def test_a_small_picture_waits_for_launches_until_rows_share_them():
    sizes, card = built.sizes("2.1"), find("H200")
    one, eight = (speed.stepping(sizes, load(size=256, rows=rows), card) for rows in (1, 8))
    assert one == pytest.approx(speed.kernels(sizes.denoiser, "bf16") * constants.LAUNCH)
    assert eight < one / 2
    large = (speed.stepping(sizes, load(size=1024, rows=rows), card) for rows in (1, 8))
    assert next(large) == pytest.approx(next(large), rel=0.05)


def test_parts_that_take_turns_are_moved_once_a_list():
    sizes, card = built.sizes("2.1"), find("RTX 4090")
    alone, listed = (
        speed.predict(sizes, load(), card, 8, in_turns=True, pictures=count).swap for count in (1, 100)
    )
    assert alone == pytest.approx(100 * listed)
    assert speed.predict(sizes, load(), card, 8).swap == 0


def test_a_cpu_of_more_cores_is_quicker():
    sizes, wish = built.sizes("builtin"), load("fp32", 256)
    two, eight = (speed.predict(sizes, wish, processor(cores, 16), 8).on_device for cores in (2, 8))
    assert eight < two / 2


def test_the_rate_is_bound_by_whatever_is_slowest():
    seconds = speed.Seconds(0.1, 0.5, 0.2, deliver=0.3, swap=0.2)
    assert seconds.per_minute == pytest.approx(60)
    assert replace(seconds, deliver=2.0).per_minute == pytest.approx(30)
