"""The modulation table: the bits of the projection, a schedule at a time, one layer's weights at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from pawlette.errors import BadWeights
from pawlette.model import qwen
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config
from pawlette.model.lora import Factors
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from pawlette.model.table import PARTS, ROOM, ModulationTable, from_folder, take_out
from tests.model.drawing import draw, job


@pytest.fixture(scope="module", params=[torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def pair(request, checkpoint_1):
    """Plain and with a table, in one precision."""
    plain = QwenImage.load(checkpoint_1.folder, dtype=request.param)
    return plain, QwenImage.load(checkpoint_1.folder, dtype=request.param, switches=Switches(table=True))


@torch.inference_mode()
def test_an_entry_has_the_bits_of_the_projection(pair):
    plain, tabled = pair
    schedule = plain.schedule.sigmas(8, 24)
    found = tabled.velocity.table.rows(schedule[:-1], [schedule])  # all side by side
    for at, sigma in enumerate(schedule[:-1]):
        temb = plain.denoiser.time_text_embed["timestep_embedder"](plain._times([sigma]), plain.dtype)
        for layer, block in enumerate(plain.denoiser.transformer_blocks):
            for part, name in enumerate(PARTS):
                assert torch.equal(found[at, layer, part], getattr(block, name)(temb)[0])


def test_a_picture_has_the_bits_of_the_plain_twin(pair):
    plain, tabled = pair
    assert torch.equal(draw(tabled, job())[0].tensor, draw(plain, job())[0].tensor)


def test_the_weights_are_not_held(pair):
    plain, tabled = pair
    names = {name for name, _ in plain.denoiser.named_parameters()}
    left = {name for name, _ in tabled.denoiser.named_parameters()}
    assert names - left == {
        f"transformer_blocks.{i}.{part}.1.{kind}"
        for i in (0, 1)
        for part in PARTS
        for kind in ("weight", "bias")
    }


def test_a_third_of_the_true_size_is_not_held():
    with torch.device("meta"):
        model = Denoiser1(Denoiser1Config())
    before = sum(one.numel() for one in model.parameters())
    take_out(model, None)
    left = sum(one.numel() for one in model.parameters())
    assert (round(before / 1e9, 2), round((before - left) / 1e9, 2)) == (20.43, 6.80)  # 13.6 GB of bfloat16


def counted(layers=2, most=128):
    """A table that records which layers it asked for."""
    asked = []
    weights = {part: (torch.randn(12, 2), torch.randn(12)) for part in PARTS}

    def source(layer):
        asked.append(layer)
        return weights

    return ModulationTable(source, layers, lambda sigma: torch.tensor([[sigma, 1.0]]), most), asked


def test_a_schedule_is_computed_once_layer_by_layer_and_a_new_one_when_it_comes():
    table, asked = counted()
    first, second = (1.0, 0.5, 0.0), (1.0, 0.7, 0.0)
    assert table.rows([1.0, 0.5], [first, first]).shape == (2, 2, 2, 12)
    table.rows([0.5, 0.5, 1.0], [first] * 3)
    assert asked == [0, 1]
    before = table.rows([1.0], [first])
    assert torch.equal(table.rows([1.0, 0.7], [first, second])[:1], before)
    assert asked == [0, 1, 0, 1]
    table.rows([0.7 + 1e-12], [second])  # the same float32
    assert len(asked) == 4


def test_what_is_prepared_is_there_though_another_schedule_shares_its_first_timestep():
    table, asked = counted()
    table.prepare((1.0, 0.5, 0.0))
    table.prepare((1.0, 0.7, 0.0))
    assert asked == [0, 1, 0, 1]
    table.prepare((1.0, 0.7, 0.5, 0.0))
    table.rows([1.0, 0.7, 0.5], [(1.0, 0.7, 0.5, 0.0)] * 3)
    assert len(asked) == 4


def test_a_model_whose_table_was_made_for_a_job_reads_no_file_for_it(checkpoint_1, monkeypatch):
    model = QwenImage.load(checkpoint_1.folder, switches=Switches(table=True))
    asked = job()
    model.make_table((asked.width, asked.height), asked.steps)
    monkeypatch.setattr(model.velocity.table, "source", None)
    draw(model, asked)


def test_a_job_that_was_prefetched_has_its_table_before_its_first_step(checkpoint_1, monkeypatch):
    model = QwenImage.load(checkpoint_1.folder, switches=Switches(table=True))
    asked = job(steps=3)
    begun = model.begin(asked, model.encode([asked])[0])
    model.prefetch(begun)
    monkeypatch.setattr(model.velocity.table, "source", None)
    for _ in range(3):
        (begun,) = model.step([begun])
    assert begun.done


def test_a_denoiser_that_waits_elsewhere_makes_its_table_when_its_turn_comes(checkpoint_1, monkeypatch):
    model = QwenImage.load(checkpoint_1.folder, in_turns=True, switches=Switches(table=True))
    asked = job(steps=3)
    begun = model.begin(asked, model.encode([asked])[0])
    monkeypatch.setattr(model, "device", torch.device("meta"))  # not where the denoiser is
    model.prefetch(begun)
    assert not model.velocity.table._rows
    monkeypatch.undo()
    assert torch.equal(
        draw(model, asked)[0].tensor, draw(QwenImage.load(checkpoint_1.folder), asked)[0].tensor
    )


@pytest.mark.parametrize(("free", "made"), [(None, True), (ROOM + 1, True), (ROOM, False)])
def test_where_memory_is_short_the_table_is_left_to_the_step(checkpoint_1, monkeypatch, free, made):
    model = QwenImage.load(checkpoint_1.folder, switches=Switches(table=True))
    monkeypatch.setattr(qwen, "free_memory", lambda device: free)
    asked = job(steps=3)
    begun = model.begin(asked, model.encode([asked])[0])
    before = len(model.velocity.table._rows)
    model.prefetch(begun)
    assert (len(model.velocity.table._rows) > before) is made
    assert not model.step([begun])[0].done


def test_no_more_is_prefetched_than_the_table_can_keep_until_it_is_needed():
    table, asked = counted(layers=1, most=8)
    schedules = [(1.0, 0.1 * n + 0.05, 0.1 * n, 0.0) for n in range(1, 5)]
    for schedule in schedules:
        table.prefetch(schedule)
    assert len(asked) == 1  # three timesteps; two more each would be above a half
    table.rows([1.0], [schedules[0]])  # needed now
    for schedule in schedules[1:]:
        table.prefetch(schedule)
    assert len(asked) == 3
    table.source = None
    for sigma in (1.0, 0.15, 0.1):  # those under way are the last to be let go
        table.rows([sigma], [schedules[0]])


def test_what_could_not_be_prefetched_is_not_counted():
    table, _ = counted(most=8)

    def broken(layer):
        raise BadWeights("gone")

    weights, table.source = table.source, broken
    for _ in range(3):
        with pytest.raises(BadWeights):
            table.prefetch((1.0, 0.5, 0.3, 0.0))
    table.source = weights
    table.prefetch((1.0, 0.5, 0.3, 0.0))
    table.source = None
    table.rows([0.5, 0.3], [(1.0, 0.5, 0.3, 0.0)] * 2)


def test_who_asks_for_what_is_there_does_not_wait_for_what_is_made_meanwhile():
    table, _ = counted()
    table.prepare((1.0, 0.5, 0.0))
    making, go_on, weights = threading.Event(), threading.Event(), table.source

    def slow(layer):
        making.set()
        assert go_on.wait(30)
        return weights(layer)

    table.source = slow
    with ThreadPoolExecutor(1) as other:
        done = other.submit(table.prepare, (1.0, 0.7, 0.0))
        assert making.wait(30)
        assert table.rows([1.0, 0.5], [(1.0, 0.5, 0.0)] * 2).shape == (2, 2, 2, 12)
        assert not done.done()
        go_on.set()
        done.result(30)
    table.source = None
    table.rows([0.7], [(1.0, 0.7, 0.0)])


def test_the_longest_unused_timesteps_are_let_go():
    table, asked = counted(most=2)
    for sigma in (0.9, 0.8, 0.7):
        table.rows([sigma], [(sigma, 0.0)])
    assert len(asked) == 6
    table.rows([0.8, 0.7], [(0.8, 0.0), (0.7, 0.0)])
    assert len(asked) == 6
    assert (
        table.rows([0.9, 0.8, 0.7], [(s, 0.0) for s in (0.9, 0.8, 0.7)]).shape[0] == 3
    )  # more than it keeps


def test_a_lora_changes_the_table(checkpoint_1):
    plain = QwenImage.load(checkpoint_1.folder)
    name = "transformer_blocks.1.txt_mod.1"
    factors = Factors(torch.randn(2, 48), torch.randn(288, 2), 0.5)
    folder, config, where = checkpoint_1.folder / "transformer", plain.denoiser.config, torch.device("cpu")
    changed = from_folder(folder, config, torch.float32, where, {name: factors}, 0.8)(1)
    own = plain.denoiser.transformer_blocks[1].txt_mod[1]
    assert torch.equal(changed["txt_mod"][0], own.weight + 0.8 * factors.product())
    assert torch.equal(changed["img_mod"][0], plain.denoiser.transformer_blocks[1].img_mod[1].weight)


def test_a_lora_of_the_modulation_is_told_apart(checkpoint_1, tmp_path):
    from pawlette.model.lora import Lora

    plain = QwenImage.load(checkpoint_1.folder)
    factors = {
        "transformer_blocks.0.img_mod.1": Factors(torch.randn(2, 48), torch.randn(288, 2), 1.0),
        "lora_unet_transformer_blocks_1_txt_mod_1": Factors(torch.randn(2, 48), torch.randn(288, 2), 1.0),
        "transformer_blocks.0.attn.to_q": Factors(torch.randn(2, 48), torch.randn(48, 2), 1.0),
    }
    rest, own = take_out(plain.denoiser, Lora(tmp_path, factors))
    assert set(rest.layers) == {"transformer_blocks.0.attn.to_q"}
    assert set(own) == {"transformer_blocks.0.img_mod.1", "transformer_blocks.1.txt_mod.1"}


def test_missing_modulation_is_named(checkpoint_1):
    config = QwenImage.load(checkpoint_1.folder).denoiser.config
    source = from_folder(
        checkpoint_1.folder / "transformer", config, torch.float32, torch.device("cpu"), {}, 1.0
    )
    with pytest.raises(BadWeights, match=r"transformer_blocks\.7\.img_mod\.1\.bias is missing"):
        source(7)
