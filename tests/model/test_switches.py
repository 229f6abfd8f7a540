"""Each switch against the plain twin: ragged texts, rows at different steps, guided ones among them."""

from dataclasses import replace

import pytest
import torch

from pawlette import device
from pawlette.errors import BadJob
from pawlette.model.family import QWEN_IMAGE, QWEN_IMAGE_21
from pawlette.model.parts import LoraChoice
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.model.checkpoints import save_lora
from tests.model.drawing import MIXED, draw, furthest, job, pixels
from tests.model.host_reads import NoHostReads

EXACT = 1e-5  # float32 latents after up to 8 guided steps: the same sums in another order
SWITCHES = [
    ("1", Switches(packed=True)), ("21", Switches(packed=True)), ("1", Switches(attention="math")),
    ("21", Switches(attention="flash")), ("21", Switches(prefix=True)), ("1", Switches(table=True)),
    ("1", Switches(unmasked=True)), ("21", Switches(unmasked=True)),
    ("21", Switches(packed=True, prefix=True, unmasked=True)), ("1", Switches(packed=True, table=True)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def attention_as_it_was():
    yield
    device.use_attention("auto")


@pytest.fixture(scope="module")
def plain(checkpoint_1, checkpoint_21):
    """For each checkpoint its folder, the plain model and what it draws."""
    found = {}
    for which, checkpoint in (("1", checkpoint_1), ("21", checkpoint_21)):
        model = QwenImage.load(checkpoint.folder)
        found[which] = checkpoint.folder, model, draw(model, *MIXED)
    return found


def named(switches):
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else name
        for name in Switches.__slots__
        if (value := getattr(switches, name)) != getattr(Switches(), name)
    )


@pytest.mark.parametrize(
    ("which", "switches"), SWITCHES, ids=lambda one: one if isinstance(one, str) else named(one)
)
def test_a_switch_draws_what_the_plain_twin_draws(plain, which, switches, record_parity):
    folder, model, expected = plain[which]
    switched = QwenImage.load(folder, switches=switches)
    difference = furthest(draw(switched, *MIXED), expected)
    record_parity(f"{model.family.name} latents, {named(switches)}", difference, EXACT)
    assert difference <= EXACT
    alone = furthest([draw(switched, one)[0] for one in MIXED], expected)
    assert alone <= EXACT


@pytest.mark.parametrize(("which", "switches"), SWITCHES[-2:], ids=["2.1", "1.x"])
def test_a_switched_step_asks_the_device_for_no_number(plain, which, switches):
    switched = QwenImage.load(plain[which][0], switches=switches)
    jobs = [job(), job("a dolphin", seed=2, guidance=3.0)]
    waiting = [switched.begin(one, read) for one, read in zip(jobs, switched.encode(jobs), strict=True)]
    switched.step(waiting)  # a table reads weights when it meets a schedule, and looks for NaN in them
    with NoHostReads():
        assert [one.at for one in switched.step(waiting)] == [1, 1]


@pytest.mark.parametrize("switches", [Switches(packed=True, prefix=True), Switches(packed=True, table=True)])
def test_a_lora_is_merged_before_weights_are_packed(plain, tmp_path, switches):
    folder, _, _ = plain["21" if switches.prefix else "1"]
    choice = LoraChoice.find(str(save_lora(tmp_path / "fox.safetensors")), folder)
    wanted = job(steps=2, lora=choice.label)
    merged = [draw(QwenImage.load(folder, lora=choice, switches=one), wanted) for one in (None, switches)]
    assert furthest(*merged) <= EXACT
    assert furthest(merged[0], draw(plain["21" if switches.prefix else "1"][1], job(steps=2))) > 1e-2


def test_a_prefix_is_read_once_a_picture_and_each_text_once(plain, monkeypatch):
    switched = QwenImage.load(plain["21"][0], switches=Switches(prefix=True))
    read, texts = switched.denoiser.read, []
    monkeypatch.setattr(switched.denoiser, "read", lambda embeds: texts.append(len(embeds)) or read(embeds))
    jobs = [job(steps=3), job(steps=3, seed=8), job("a dolphin", steps=3, seed=9, guidance=2.0)]
    rows = [switched.begin(one, read) for one, read in zip(jobs, switched.encode(jobs), strict=True)]
    rows[1] = type(rows[1])(rows[1].job, rows[0].conditioning, rows[1].tensor, rows[1].sigmas)
    first = switched.step(rows)
    assert first[0].conditioning.prefix.shape == (2, 2, 3, len(rows[0].conditioning.embeds), 16)
    last = switched.step(switched.step(first))
    assert texts == [3]  # two texts and a negative one
    assert {one.conditioning.prefix for one in last} == {None}  # let go with the last step


@pytest.fixture
def card(monkeypatch):
    """Say the compute capability of every CUDA device, and who made them."""

    def say(*capability, nvidia=True):
        monkeypatch.setattr("pawlette.device.capability", lambda device: capability)
        monkeypatch.setattr("pawlette.device.is_nvidia", lambda: nvidia)

    return say


def test_the_default_is_plain_and_what_is_best_is_for_its_kind(card):
    card(9, 0)
    assert Switches.plain() == Switches()
    assert not any(value for name in Switches.__slots__ if (value := getattr(Switches(), name)) != "auto")
    for family in (QWEN_IMAGE, QWEN_IMAGE_21):
        for name in ("cpu", "cuda", "mps"):
            Switches.best(name, family).check(family.generation)


def test_what_is_best_on_a_card_is_what_it_can(card):
    card(9, 0)
    one, two = (Switches.best("cuda:1", family) for family in (QWEN_IMAGE, QWEN_IMAGE_21))
    assert one == Switches(packed=True, folded=True, table=True, unmasked=True, fused=True, attention="cudnn")
    assert two == replace(one, table=False, prefix=True)
    card(8, 6)
    assert Switches.best("cuda", QWEN_IMAGE) == replace(one, attention="auto", unmasked=False)
    card(9, 4, nvidia=False)  # AMD's cards say that they are CUDA
    assert Switches.best("cuda", QWEN_IMAGE) == Switches()
    card(7, 5)  # neither flash attention nor Triton's kernels
    assert Switches.best("cuda", QWEN_IMAGE) == replace(one, attention="auto", unmasked=False, fused=False)


def test_what_is_best_keeps_the_precision_asked_for(card):
    card(9, 0)
    for name in ("cpu", "cuda", "mps"):
        best = Switches.best(name, QWEN_IMAGE_21, "fp16")
        best.check("2.1")
        assert (best.precision, best.fused, best.compiled, best.graphs) == ("fp16", False, False, False)
    assert Switches.best("cuda", QWEN_IMAGE_21, "fp8").fused


def test_the_best_switches_of_a_cpu_draw_the_same_picture(plain, record_parity):
    for which, (folder, model, _) in plain.items():
        best = QwenImage.load(folder, switches=Switches.best("cpu", model.family))
        ours, theirs = pixels(best, job())[0], pixels(model, job())[0]
        difference = abs(ours.astype(int) - theirs.astype(int)).max() / 255
        record_parity(f"{which} picture, the best switches of a CPU", difference, 1 / 255)
        assert difference <= 1 / 255


@pytest.mark.parametrize(
    ("asked", "word"), [({"precision": "int8"}, "fp32, fp16"), ({"attention": "fast"}, "cudnn; got 'fast'")]
)
def test_unknown_names_are_named(asked, word):
    with pytest.raises(BadJob, match=word):
        Switches(**asked)


def test_switches_that_do_nothing_here_are_named(plain):
    with pytest.raises(BadJob, match=r"prefix is for Qwen-Image 2\.1; this model is 1\.x"):
        QwenImage.load(plain["1"][0], switches=Switches(prefix=True))
    with pytest.raises(BadJob, match=r"table is for Qwen-Image 1\.x"):
        QwenImage.load(plain["21"][0], switches=Switches(table=True))
    with pytest.raises(BadJob, match="NVIDIA card; the device is cpu"):
        QwenImage.load(plain["21"][0], switches=Switches(graphs=True))
    with pytest.raises(BadJob, match="cannot take turns"):
        QwenImage.load(plain["21"][0], "cuda", switches=Switches(graphs=True), in_turns=True)


def test_parts_that_take_turns_may_have_a_table(checkpoint_1, plain):
    turning = QwenImage.load(checkpoint_1.folder, switches=Switches(table=True), in_turns=True)
    turning.bring("denoise")
    assert torch.equal(draw(turning, job())[0].tensor, draw(plain["1"][1], job())[0].tensor)


def test_attention_is_chosen_for_the_whole_process(plain):
    chosen = QwenImage.load(plain["21"][0], switches=Switches(attention="math"))
    chosen.encode([job()])
    assert not torch.backends.cuda.flash_sdp_enabled()
    plain["21"][1].encode([job()])
    assert torch.backends.cuda.flash_sdp_enabled()
