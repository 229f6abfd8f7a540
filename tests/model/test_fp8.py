"""Eight-bit layers: the rounding, the product, which layers are left, and what it costs a picture."""

import pytest
import torch
from torch import nn

from pawlette.model.fp8 import Fp8Linear, product, quantised, scaled_mm
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.model.drawing import MIXED, draw, furthest, job
from tests.model.host_reads import NoHostReads


def test_every_row_is_stretched_to_the_formats_end():
    rows, scale = quantised(torch.tensor([[1.0, -2.0, 0.5], [1e-4, 3e-4, 0.0], [0.0, 0.0, 0.0]]))
    assert rows.dtype == torch.float8_e4m3fn
    back = rows.float() * scale
    assert rows.float().abs().amax(1).tolist() == [448.0, 448.0, 0.0]
    torch.testing.assert_close(back[:2, 1], torch.tensor([-2.0, 3e-4]))
    assert back.isfinite().all()


def test_rounding_is_within_a_sixteenth():
    x = torch.randn(64, 256)
    rows, scale = quantised(x)
    large = x.abs() > x.abs().amax(1, keepdim=True) / 448 * 2**-6  # smaller ones have fewer digits
    error = (rows.float() * scale - x).abs() / x.abs()
    assert error[large].max() <= 2**-4


def test_the_reference_equals_the_operator_of_the_cards(record_parity):
    """torch._scaled_mm in the layout in which a card is asked, here on the CPU."""
    torch.manual_seed(0)
    a, b = quantised(torch.randn(5, 64)), quantised(torch.randn(32, 64))
    reference = product(*a, *b, None)
    difference = ((scaled_mm(*a, *b, None) - reference).abs().max() / reference.abs().max()).item()
    record_parity("fp8 product, scaled_mm against the reference (relative)", difference, 2**-7)
    assert difference <= 2**-7  # a last digit of bfloat16


def test_a_layer_in_eight_bits(record_parity):
    torch.manual_seed(0)
    layer, x = nn.Linear(256, 64).bfloat16().requires_grad_(False), torch.randn(3, 7, 256).bfloat16()
    expected = layer(x).float()
    with NoHostReads():
        got = Fp8Linear(layer.weight, layer.bias)(x)
    assert (got.dtype, got.shape) == (torch.bfloat16, (3, 7, 64))
    difference = ((got.float() - expected).norm() / expected.norm()).item()
    record_parity("fp8 layer against bf16 (relative length)", difference, 0.05)
    assert difference <= 0.05


@pytest.mark.parametrize(("which", "left"), [("1", "img_mlp.net.2"), ("21", None)])
def test_sensitive_layers_are_left(request, which, left):
    model = QwenImage.load(
        request.getfixturevalue(f"checkpoint_{which}").folder, switches=Switches(precision="fp8", packed=True)
    )
    layers = {name for name, part in model.denoiser.named_modules() if isinstance(part, Fp8Linear)}
    plain = {name for name, part in model.denoiser.named_modules() if isinstance(part, nn.Linear)}
    assert all(name.startswith("transformer_blocks.") for name in layers)
    assert "transformer_blocks.0.attn.to_qkv" in layers
    inside = {name.split(".", 2)[2] for name in plain if name.startswith("transformer_blocks.")}
    assert inside == ({left, "img_mod.1", "txt_mod.1"} if left else set())
    assert {"img_in", "proj_out", "norm_out.linear"} <= plain


@pytest.mark.parametrize("which", ["1", "21"])
def test_what_eight_bits_cost(request, which, record_parity):
    """Relative length of the difference to bfloat16: of a step's velocity, and of a whole picture's latents."""
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    wide, narrow = (QwenImage.load(folder, switches=Switches(precision=one)) for one in ("bf16", "fp8"))
    for name, asked, allowed in (("one step", job(steps=1), 0.1), ("8 steps", job(), 0.2)):
        start = wide.begin(asked, wide.encode([asked])[0]).tensor
        theirs, ours = (draw(model, asked)[0].tensor - start for model in (wide, narrow))
        difference = ((ours - theirs).norm() / theirs.norm()).item()
        record_parity(f"{wide.family.name}, fp8 against bf16, {name} (relative length)", difference, allowed)
        assert difference <= allowed
    together = draw(narrow, *MIXED)
    assert (
        furthest(together, [draw(narrow, one)[0] for one in MIXED]) < 1.0
    )  # bfloat16 rounds sums of other orders


def test_eight_bits_go_with_packing(checkpoint_21):
    """Scales are a row's own, so stacking rows changes nothing."""
    narrow, both = (
        QwenImage.load(checkpoint_21.folder, switches=Switches(precision="fp8", packed=packed))
        for packed in (0, 1)
    )
    weight = both.denoiser.transformer_blocks[0].attn.to_qkv.weight.float()
    expected = [
        getattr(narrow.denoiser.transformer_blocks[0].attn, f"to_{one}").weight.float() for one in "qkv"
    ]
    assert torch.equal(weight, torch.cat(expected))
    assert furthest(draw(both, job()), draw(narrow, job())) < 0.5
