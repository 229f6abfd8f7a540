"""Regional compilation: equal to the plain twin, and nothing compiled anew while shapes recur."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch._dynamo.utils import counters

from pawlette.model import fast
from pawlette.model.compiled import compile_regions, regions
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.model.drawing import MIXED, draw, furthest, job, pixels


@pytest.fixture(autouse=True)
def nothing_compiled():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def compiled_frames():
    return counters["frames"]["total"], counters["stats"]["unique_graphs"]


def traced(folder, monkeypatch, **switches):
    """A model whose regions are traced but not turned into kernels: quick, with all guards."""
    monkeypatch.setattr(fast, "compile_regions", lambda *parts: compile_regions(*parts, backend="eager"))
    return QwenImage.load(folder, switches=Switches(compiled=True, **switches))


@pytest.mark.parametrize(
    ("which", "more"),
    [
        ("1", {"table": True, "packed": True}), ("21", {"prefix": True}),
        pytest.param("1", {}, marks=pytest.mark.slow), pytest.param("21", {"packed": True}, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_nothing_is_compiled_anew_while_shapes_recur(request, monkeypatch, which, more, record_parity):
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    plain, model = QwenImage.load(folder), traced(folder, monkeypatch, **more)
    expected = draw(plain, *MIXED)
    difference = furthest(draw(model, *MIXED), expected)
    record_parity(f"{plain.family.name} latents, compiled regions, traced", difference, 1e-5)
    assert difference <= 1e-5
    model.decode(draw(model, job(steps=1)))
    warm = compiled_frames()
    assert warm[1] > 0
    other = [job("a cute bear", seed=3), *MIXED[1:]]  # of another length, padded to the same
    draw(model, *other)
    model.decode(draw(model, job("an owl", seed=5, steps=1)))
    assert compiled_frames() == warm
    assert not counters["graph_break"]


def test_blocks_of_one_kind_share_their_code(checkpoint_21, monkeypatch):
    model = traced(checkpoint_21.folder, monkeypatch)
    draw(model, job(steps=1))
    assert len(model.denoiser.transformer_blocks) == len(model.text.tower.layers) - 1 == 2
    shared = 2  # one for the text tower's three, one for the denoiser's two
    assert counters["stats"]["unique_graphs"] == shared
    model = traced(checkpoint_21.folder, monkeypatch, prefix=True)
    torch._dynamo.reset()
    counters.clear()
    draw(model, job(steps=1))
    # One more for the two that read a text, and one for what the blocks share.
    assert counters["stats"]["unique_graphs"] == shared + 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch's own, where the compiler is imported
@pytest.mark.parametrize("which", ["1", "21"])
def test_compiled_kernels_draw_what_the_plain_twin_draws(request, which, record_parity):
    """With the real compiler: minutes of C++."""
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    plain, model = QwenImage.load(folder), QwenImage.load(folder, switches=Switches(compiled=True))
    asked = job(steps=2)
    difference = furthest(draw(model, asked), draw(plain, asked))
    record_parity(f"{plain.family.name} latents, compiled kernels", difference, 1e-4)
    assert difference <= 1e-4
    shades = abs(pixels(model, asked)[0].astype(int) - pixels(plain, asked)[0].astype(int)).max()
    assert shades <= 1


def test_a_thread_of_the_engines_compiles_every_shape(checkpoint_21, monkeypatch):
    """PyTorch's own limit is 8 and each thread's own; beyond it nothing is compiled and nobody is told."""
    model = traced(checkpoint_21.folder, monkeypatch)
    read = model.encode([job()])[0]
    sizes = [(32 * width, 64) for width in range(1, 10)]  # one more than the limit
    before = compiled_frames()[1]

    def steps():
        for size in sizes:
            model.step([model.begin(job(size=size), read)])
        return compiled_frames()[1] - before

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(steps).result() == len(sizes)


def test_a_light_decoder_has_regions_too(checkpoint_21):
    from tests.model.checkpoints import light_decoder

    model = QwenImage.load(checkpoint_21.folder)
    found = list(regions(model.denoiser, light_decoder(), None))
    assert len(found) == 2 + 1  # two blocks, and the one stage that is not empty
