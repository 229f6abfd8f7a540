"""Every switch on a card: `pytest -m cuda`. What a CPU cannot show: kernels, recordings, streams and their memory."""

from dataclasses import replace

import pytest
import torch

from pawlette import device
from pawlette.errors import BadJob
from pawlette.model.attention import chosen, masked
from pawlette.model.fp8 import product, quantised, scaled_mm
from pawlette.model.graphs import Graphs
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.model.drawing import MIXED, apart, draw, furthest, job

pytestmark = [pytest.mark.cuda, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ALL = {
    "1": Switches(
        packed=True, table=True, folded=True, graphs=True, attention="cudnn", unmasked=True, fused=True
    ),
    "21": Switches(
        packed=True, prefix=True, folded=True, graphs=True, attention="cudnn", unmasked=True, fused=True
    ),
}
ONE_BY_ONE = [
    ("1", Switches(packed=True)), ("21", Switches(packed=True)), ("21", Switches(prefix=True)),
    ("1", Switches(table=True)), ("1", Switches(graphs=True)), ("21", Switches(graphs=True)),
    ("21", Switches(attention="efficient")), ("1", Switches(attention="math")), ("21", Switches(attention="flash")),
    ("1", Switches(compiled=True)), ("21", Switches(compiled=True)),
    ("21", Switches(compiled=True, graphs=True, prefix=True)), ("21", Switches(unmasked=True)),
    ("1", Switches(packed=True, fused=True)), ("21", Switches(packed=True, fused=True, prefix=True)),
    ("1", ALL["1"]), ("21", ALL["21"]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def attention_as_it_was():
    yield
    device.use_attention("auto")


def folder_of(request, which):
    return request.getfixturevalue(f"checkpoint_{which}").folder


@pytest.mark.parametrize(("which", "switches"), ONE_BY_ONE)
def test_a_switch_draws_what_the_plain_twin_draws(request, which, switches, record_parity):
    folder = folder_of(request, which)
    plain = QwenImage.load(folder, "cuda", torch.float32)
    switched = QwenImage.load(folder, "cuda", torch.float32, switches=switches)
    expected = draw(plain, *MIXED)
    for _ in range(2):  # what was recorded is replayed
        difference = furthest(draw(switched, *MIXED), expected)
        assert difference <= 1e-4
    record_parity(f"{which} latents on a card, {switches}", difference, 1e-4)
    if switches.graphs:
        kept = list(switched.velocity.graphs._kept.values())
        assert kept
        assert all(one.recording.bytes > 0 for one in kept)  # or else the cap would hold nothing


@pytest.mark.parametrize("which", ["1", "21"])
def test_half_precision_with_every_switch(request, which):
    folder = folder_of(request, which)
    plain = QwenImage.load(folder, "cuda", switches=Switches(precision="bf16"))
    for precision, allowed in (("bf16", 0.2), ("fp16", 0.2), ("fp8", 0.3)):
        try:
            device.precision_on("cuda", precision)
        except BadJob:
            continue
        every = replace(ALL[which], precision=precision, fused=precision != "fp16")
        switched = QwenImage.load(folder, "cuda", switches=every)
        assert apart(draw(switched, job()), draw(plain, job())) <= allowed
        assert switched.decode(draw(switched, job()))[0].tensor.float().std() > 10


def test_the_tables_bits_are_the_projections(request):
    folder = folder_of(request, "1")
    plain = QwenImage.load(folder, "cuda", torch.bfloat16)
    tabled = QwenImage.load(folder, "cuda", torch.bfloat16, switches=Switches(table=True))
    assert torch.equal(draw(plain, job())[0].tensor, draw(tabled, job())[0].tensor)


@pytest.mark.parametrize("rows", [1, 5, 300])
def test_the_cards_product_equals_the_reference(rows):
    try:
        device.precision_on("cuda", "fp8")
    except BadJob as error:
        pytest.skip(str(error))
    a, b = quantised(torch.randn(rows, 256)), quantised(torch.randn(512, 256))
    expected = product(*a, *b, None).float()
    got = scaled_mm(*(one.cuda() for one in (*a, *b)), None).float().cpu()
    assert (got - expected).abs().max() <= 2**-6 * expected.abs().max()


def test_recordings_beyond_the_cap_give_their_memory_back():
    graphs = Graphs("cuda", most_bytes=64 * 2**20)
    before = device.free_memory("cuda")

    def heavy(x):
        return (x[:, None] * x[None]).sum(0)  # 4 MB on the way

    with torch.inference_mode():
        for size in range(1000, 1040):
            x = torch.randn(size, device="cuda")
            expected = heavy(x)
            for _ in range(2):
                torch.testing.assert_close(graphs(size, lambda: heavy, (x,)), expected)
    assert len(graphs) < 40
    assert before - device.free_memory("cuda") < 512 * 2**20


@pytest.mark.parametrize("name", ["flash", "cudnn"])
def test_padding_is_reckoned_out_of_a_cards_sums(name):
    q, k, v = (
        torch.randn(2, 4, tokens, 128, dtype=torch.bfloat16, device="cuda") for tokens in (300, 364, 364)
    )
    visible = torch.ones(2, 1, 1, 364, dtype=torch.bool, device="cuda")
    visible[0, ..., 17:64] = False
    exact = masked(q.double(), k.double(), v.double(), visible)
    drawn = chosen(name, torch.device("cuda"), least=0)(q, k, v, visible)
    assert (drawn - exact).abs().max() <= 2 * (masked(q, k, v, visible) - exact).abs().max() + 1e-3
