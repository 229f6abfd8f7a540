"""Our own kernels against their plain twins: on a card as they are, elsewhere by Triton's interpreter."""

import copy
from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("triton")

from pawlette.errors import BadJob
from pawlette.model import attention, fast, fused
from pawlette.model.attention import unmasked
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from pawlette.model.fp8 import Fp8Linear, quantise_blocks, quantised
from pawlette.model.switches import Switches

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
GRID = (2, 3)
LENGTHS = (5, 3)  # tokens of the rows' texts
WIDE = {"attention_head_dim": 32, "num_attention_heads": 3, "num_layers": 2, "axes_dims_rope": (8, 12, 12)}


def denoiser(which, dtype, **sizes):
    torch.manual_seed(0)
    if which == "1":
        net = Denoiser1(Denoiser1Config(joint_attention_dim=40, **WIDE | sizes))
    else:
        net = Denoiser21(Denoiser21Config(context_in_dim=40, in_channels=16, out_channels=16, **WIDE | sizes))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3 if parameter.dim() == 1 else 1.1 / parameter.shape[1] ** 0.5)
    net = net.to(DEVICE, dtype).eval().requires_grad_(False)
    fast.pack(net)
    return net


def summed(q, k, v):
    """A kernel that tells its sums: a card's, or the one of a CPU, which cannot work in bfloat16 as exactly."""
    if q.is_cuda and q.dtype == torch.bfloat16:
        return attention.by_flash(q, k, v)
    scores = q.float() @ k.float().transpose(-1, -2) * q.shape[-1] ** -0.5
    return (scores.softmax(-1) @ v.float()).to(q.dtype), scores.logsumexp(-1)


def velocity(net, which, *, behind, lengths=LENGTHS, padded=True):
    torch.manual_seed(1)
    channels = net.config.in_channels
    latents = torch.randn(len(lengths), GRID[0] * GRID[1], channels).to(DEVICE, net.proj_out.weight.dtype)
    embeds = torch.randn(len(lengths), max(lengths), 40).to(latents)
    sigmas = torch.tensor([0.9, 0.25][: len(lengths)], device=DEVICE)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).to(DEVICE) if padded else None
    with torch.inference_mode():
        if behind:
            return net.forward_behind(latents, net.read(embeds), sigmas, GRID, mask)
        return net(latents, embeds, sigmas, GRID, mask)


def twins(which, dtype, *, fp8=False, behind=False):
    """What both make: relative to the plain one's length."""
    plain = denoiser(which, dtype)
    if fp8:
        quantise_blocks(plain, torch.device(DEVICE))
    own = copy.deepcopy(plain)
    fast.fuse(own, summed)
    expected, got = (velocity(net, which, behind=behind).float() for net in (plain, own))
    assert expected.std() > 0.1
    return ((got - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize(("which", "behind"), [("1", False), ("21", True), ("21", False)])
def test_a_forward_is_the_plain_twins(which, behind, record_parity):
    difference = twins(which, torch.float32, behind=behind)
    record_parity(
        f"{which} denoiser, our own kernels (relative), behind a prefix: {behind}", difference, 1e-5
    )
    assert difference <= 1e-5


@pytest.mark.parametrize(("which", "behind"), [("1", False), ("21", True)])
@pytest.mark.parametrize(
    ("lengths", "padded"), [((5, 5), False), ((1,), False), ((4,), True)], ids=["no mask", "one token", "one row"]
)  # fmt: skip
def test_rows_without_padding_alone_and_of_many_heads(which, behind, lengths, padded):
    """Ten heads: a program has eight of them at most."""
    plain = denoiser(which, torch.float32, num_attention_heads=10)
    own = copy.deepcopy(plain)
    fast.fuse(own, summed)
    expected, got = (
        velocity(net, which, behind=behind, lengths=lengths, padded=padded) for net in (plain, own)
    )
    assert (got - expected).norm() <= 1e-5 * expected.norm()


@pytest.mark.parametrize("fp8", [False, True])
@pytest.mark.parametrize("which", ["1", "21"])
def test_a_forward_in_few_bits_is_the_plain_twins_within_rounding(which, fp8, record_parity):
    difference = twins(which, torch.bfloat16, fp8=fp8, behind=which == "21")
    most = 0.06 if fp8 else 0.02
    record_parity(f"{which} denoiser, our own kernels, bfloat16, fp8: {fp8} (relative)", difference, most)
    assert difference <= most


def test_rows_are_rounded_as_by_an_fp8_layer():
    torch.manual_seed(2)
    x = torch.randn(2, 3, 80, device=DEVICE).bfloat16()
    scale, shift = (
        torch.randn(2, 1, 80, device=DEVICE).bfloat16(),
        torch.randn(2, 1, 80, device=DEVICE).bfloat16(),
    )
    rows = fused.normed_rows(x, scale, shift, 1e-6, one=True, rounds=False)
    rounded = fused.normed_rows(x, scale, shift, 1e-6, one=True, rounds=True)
    values, scales = quantised(rows.flatten(0, 1))
    assert torch.allclose(rounded.scales, scales, rtol=1e-2)
    back = rounded.values.flatten(0, 1).float() * rounded.scales
    most = 0.01 if DEVICE == "cuda" else 0.15  # the interpreter cuts digits off where a card rounds
    assert (back - values.float() * scales).abs().max() <= most * rows.float().abs().max()
    layer = Fp8Linear(torch.randn(32, 80, device=DEVICE).bfloat16(), None)
    expected = layer(rows).float()
    assert (layer(rounded).float() - expected).norm() <= 0.1 * expected.norm()
    assert layer(rounded).shape == (2, 3, 32)


@pytest.mark.cuda
def test_what_is_no_number_is_none_when_it_is_rounded():
    """On a card: the interpreter's largest of two is NaN where one is, and its 8-bit floats have none."""
    x, ones = (torch.ones(1, 2, width, device="cuda").bfloat16() for width in (160, 80))
    x[0, 0, 3] = torch.nan
    rows = fused.normed_rows(x[..., :80], ones[:, :1], None, 1e-6, one=False, rounds=True)
    gated, _ = fused.swiglu(x)
    for values in (rows.values, gated):
        assert values.float().isnan().any(-1).tolist() == [[True, False]]


@pytest.mark.cuda
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("which", "behind"), [("1", False), ("21", True)])
def test_a_text_of_another_length_builds_no_kernel_anew(which, behind, padded):
    """Of 16, 5 and 1 tokens at most: Triton tells numbers apart that 16 divides, and 1."""
    net = denoiser(which, torch.bfloat16)
    fast.fuse(net, summed)
    made = fused._kernels()
    kernels, counts = (made.head_rows, made.prefix_rows, made.normed_rows, made.reckoned_rows), []
    for lengths in ((16, 9), (5, 3), (1, 1)):
        velocity(net, which, behind=behind, lengths=lengths if padded else lengths[:1], padded=padded)
        counts.append(sum(built(kernel) for kernel in kernels))
    assert counts[0] == counts[1] == counts[2] > 0


def built(kernel):
    """How many variants of a kernel there are, as Triton's versions have them."""
    if hasattr(kernel, "device_caches"):
        return sum(len(cache[0]) for cache in kernel.device_caches.values())
    return sum(map(len, kernel.cache.values()))


def test_padding_is_reckoned_out_of_a_span():
    torch.manual_seed(3)
    q, k, v = (torch.randn(2, 7, 3, 32, device=DEVICE) for _ in range(3))
    visible = torch.ones(2, 1, 1, 7, dtype=torch.bool, device=DEVICE)
    visible[1, ..., 2:5] = False
    shown = visible[:, 0, 0, :, None, None]
    covered = torch.where(shown, k, k[:, -1:]), v * shown
    turned = [x.transpose(1, 2) for x in (q, *covered)]
    whole = (
        unmasked(summed, least=0)(*(x.transpose(1, 2) for x in (q, k, v)), visible).transpose(1, 2).flatten(2)
    )
    padded = (~visible).sum(-1).flatten()
    assert padded.tolist() == [0, 3]
    mixed, sums = summed(*turned)
    by_token = mixed.transpose(1, 2).contiguous().transpose(1, 2)  # as a card's kernels leave it
    for given in (mixed, by_token):
        out, _ = fused.reckoned(given, sums, q, covered[0], padded, 2, 4, False)
        assert torch.allclose(out, whole[:, 2:6], atol=1e-5)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("few", [False, True])
def test_the_compiler_is_told_what_each_operator_makes(padded, few):
    """Shapes, types and strides, also of inputs that lie otherwise than in rows; and that no input is changed."""
    dtype, heads, dim, rows, text, image = torch.bfloat16, 3, 16, 2, 3, 4

    def made(*shape, dtype=dtype):
        return torch.randn(shape, device=DEVICE).to(dtype)

    visible = torch.ones(rows, 1, 1, text + image, dtype=torch.bool, device=DEVICE)
    visible[1, ..., 1:text] = False
    gains, width = [made(dim) for _ in range(4)], heads * dim
    angles = [made(1, text + image, 1, dim, dtype=torch.float32) for _ in range(2)]
    of_image, shown = [one[:, text:] for one in angles], visible if padded else None
    x, raw = made(rows, width, image).transpose(1, 2), made(rows, 1, 3 * width)
    gate, scale, shift = raw.chunk(3, dim=-1)
    q, k, v = (made(rows, text + image, heads, dim) for _ in range(3))
    mixed, sums = summed(*(one.transpose(1, 2) for one in (q, k, v)))
    count = (~visible).sum(-1).flatten()
    packed, before = made(rows, image, 3 * width), made(rows, 5, 2, heads, text, dim)[:, 1]
    for act, given in (
        (fused.joint_heads, (made(rows, text, 3 * width), packed, gains, *angles, shown, 1e-6)),
        (fused.heads_behind, (packed, before, *gains[:2], *of_image, shown, 1e-6)),
        (fused.normed, (x, None, None, scale, shift if padded else None, 1e-6, padded, few)),
        (fused.normed, (x, made(rows, image, width), gate, scale, None, 1e-6, padded, few)),
        (fused.swiglu, (made(rows, 2 * width, image).transpose(1, 2),)),
        (fused.reckoned, (mixed, sums, q, k, count, 1, 4, few)),
    ):
        torch.library.opcheck(act, given, test_utils=("test_schema", "test_faketensor"))


def test_heads_of_an_odd_width_are_left_to_the_plain_twin():
    odd = {"attention_head_dim": 24, "num_attention_heads": 2, "axes_dims_rope": (4, 8, 12), "num_layers": 1}
    net = Denoiser21(Denoiser21Config(context_in_dim=40, in_channels=16, out_channels=16, **odd))
    fast.fuse(net, summed)
    (block,) = net.transformer_blocks
    assert block.attn.summed is None
    assert block.fused


@pytest.mark.parametrize(("dtype", "found"), [(torch.bfloat16, attention.by_flash), (torch.float32, None)])
def test_attention_in_float32_is_the_plain_twins(monkeypatch, dtype, found):
    monkeypatch.setattr(fused, "usable", lambda device: True)
    net = denoiser("21", dtype)
    parts = SimpleNamespace(stages=()), SimpleNamespace(tower=None)
    fast.prepare(Switches(packed=False, fused=True), net, *parts, torch.device("cuda"))
    assert all(block.fused and block.attn.summed is found for block in net.transformer_blocks)


def test_float16_is_left_to_the_plain_twin(monkeypatch):
    """The precision may be that of all parts, which no switch says."""
    monkeypatch.setattr(fused, "usable", lambda device: True)
    net = denoiser("1", torch.float16)
    parts = SimpleNamespace(stages=()), SimpleNamespace(tower=None)
    fast.prepare(Switches(packed=False, fused=True), net, *parts, torch.device("cuda"))
    assert not any(block.fused or block.attn.summed for block in net.transformer_blocks)


def test_where_triton_cannot_build_nothing_is_fused(monkeypatch):
    fused.usable.cache_clear()
    assert fused.usable(torch.device(DEVICE))
    fused.usable.cache_clear()

    def no_compiler(*_):
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(fused, "normed", no_compiler)
    assert not fused.usable(torch.device(DEVICE))
    fused.usable.cache_clear()


@pytest.mark.parametrize(
    ("switches", "named"),
    [(Switches(fused=True), "packed"), (Switches(fused=True, packed=True, precision="fp16"), "fp16")],
)
def test_what_it_cannot_do_is_said(switches, named):
    with pytest.raises(BadJob, match=named):
        switches.check("2.1")
