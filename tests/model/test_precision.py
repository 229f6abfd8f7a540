"""One switch for the number format: which part is held in what, and float16 that does not overflow."""

import pytest
import torch
from torch import nn

from pawlette import device
from pawlette.errors import BadJob, DrawingFailed
from pawlette.model.denoiser1 import Denoiser1
from pawlette.model.precision import PartTypes, ShrunkLinear, keep_wide
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.model.drawing import MIXED, apart, draw, job

FP32, FP16, BF16 = torch.float32, torch.float16, torch.bfloat16


@pytest.fixture(params=["1", "21"])
def folder(request):
    return request.getfixturevalue(f"checkpoint_{request.param}").folder


@pytest.mark.parametrize(
    ("asked", "dtype", "types"),
    [
        ("auto", None, (FP32, FP32, FP32)), ("auto", BF16, (BF16, BF16, BF16)), ("fp32", None, (FP32, FP32, FP32)),
        ("bf16", None, (BF16, BF16, BF16)), ("bf16", BF16, (BF16, BF16, BF16)), ("fp8", None, (BF16, BF16, BF16)),
        ("fp16", None, (FP32, FP16, FP32)),
    ],
)  # fmt: skip
def test_what_each_part_is_held_in_on_a_cpu(asked, dtype, types):
    assert PartTypes.of("cpu", asked, dtype) == PartTypes(*types)


def test_float16_keeps_text_and_decoder_in_bfloat16_where_a_card_has_it(monkeypatch):
    monkeypatch.setattr(device, "_has_bfloat16", lambda name: name.startswith("cuda"))
    assert PartTypes.of("cuda", "fp16") == PartTypes(BF16, FP16, BF16)
    assert PartTypes.of("cuda", "auto") == PartTypes(BF16, BF16, BF16)


def test_a_precision_and_a_dtype_that_contradict_each_other_are_named():
    with pytest.raises(ValueError, match=r"fp16 and torch\.float32"):
        PartTypes.of("cpu", "fp16", FP32)


# What half precision costs after up to 8 guided steps: the length of the difference, relative.
ALLOWED = {"fp32": 0.0, "fp16": 0.01, "bf16": 0.25}  # guidance 4 magnifies


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_a_precision_draws_nearly_the_same(folder, precision, record_parity):
    plain, narrow = QwenImage.load(folder), QwenImage.load(folder, switches=Switches(precision=precision))
    difference = apart(draw(narrow, *MIXED), draw(plain, *MIXED))
    allowed = ALLOWED[precision]
    record_parity(f"{plain.family.name} latents, {precision} against fp32 (relative)", difference, allowed)
    assert difference <= allowed
    narrow.decode(draw(narrow, job(steps=1)))  # the decoder reads what it is given


@pytest.mark.parametrize("switches", [Switches(precision="fp16", packed=True, prefix=True)])
def test_float16_goes_with_other_switches(checkpoint_21, switches):
    half = QwenImage.load(checkpoint_21.folder, switches=Switches(precision="fp16"))
    both = QwenImage.load(checkpoint_21.folder, switches=switches)
    assert apart(draw(both, *MIXED), draw(half, *MIXED)) <= ALLOWED["fp16"]


@torch.no_grad()
def overflowing(checkpoint, dtype):
    """A 1.x denoiser whose image stream passes 65504 in its first block."""
    model = Denoiser1(QwenImage.load(checkpoint.folder).denoiser.config)
    model.load_state_dict(checkpoint.components["transformer"].state_dict())
    block = model.transformer_blocks[0]
    nn.init.constant_(block.img_mlp.net[2].bias, 60_000.0)
    block.img_mlp.net[2].bias[::2] = -60_000.0
    nn.init.constant_(block.img_mod[1].bias[-48:], 4.0)
    return model.to(dtype).eval().requires_grad_(False)


def test_wide_streams_hold_what_float16_clips(checkpoint_1, record_parity):
    wide, clipped, true = (overflowing(checkpoint_1, dtype) for dtype in (FP16, FP16, FP32))
    keep_wide(wide)
    torch.manual_seed(0)
    latents, embeds, sigmas = torch.randn(2, 6, 16), torch.randn(2, 5, 48), torch.tensor([0.9, 0.3])
    expected = true(latents, embeds, sigmas, (2, 3))
    got = wide(latents.half(), embeds.half(), sigmas, (2, 3)).float()
    lossy = clipped(latents.half(), embeds.half(), sigmas, (2, 3)).float()
    difference, clipping = (((one - expected).norm() / expected.norm()).item() for one in (got, lossy))
    record_parity("1.x velocity, float16 with a stream beyond 65504 (relative)", difference, 0.02)
    assert difference <= 0.02
    assert clipping > 5 * difference


def test_a_layer_may_write_more_than_float16_holds():
    layer = nn.Linear(64, 8).requires_grad_(False)
    layer.weight.fill_(100.0)
    x = torch.full((1, 64), 100.0)
    expected = layer(x)
    got = ShrunkLinear(layer.half())(x.half())
    assert got.dtype == FP32
    assert expected.min() > 65504 > 0
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=0)


def test_a_picture_that_is_not_finite_names_the_precision_that_helps(checkpoint_1):
    half = QwenImage.load(checkpoint_1.folder, switches=Switches(precision="fp16"))
    half.denoiser.proj_out.bias.fill_(float("inf"))
    drawn = draw(half, job(steps=1, seed=99))
    with pytest.raises(
        DrawingFailed, match=r"seed 99; computed in float16: --precision bf16 or fp32 may help"
    ):
        half.decode(drawn)


def test_a_device_that_cannot_says_what_will_do(monkeypatch):
    monkeypatch.setattr(device, "_has_bfloat16", lambda name: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda name: (8, 6))
    with pytest.raises(
        BadJob, match=r"capability 8\.9 .*this one has 8\.6: --precision bf16 or fp16 will do"
    ):
        device.precision_on("cuda:0", "fp8")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda name: (9, 0))
    assert device.precision_on("cuda:0", "fp8") == "fp8"
    monkeypatch.setattr(device, "_has_bfloat16", lambda name: False)
    for asked in ("bf16", "fp8"):
        with pytest.raises(BadJob, match=f"no {asked}; --precision fp16 or fp32 will do"):
            device.precision_on("cuda", asked)
    with pytest.raises(BadJob, match="on mps --precision"):
        device.precision_on("mps", "fp8")
