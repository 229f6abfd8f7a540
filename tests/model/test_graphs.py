"""Recordings, with a recorder that works on a CPU: static memory in, static memory out."""

import dataclasses

import pytest
import torch

from pawlette.errors import DrawingFailed
from pawlette.model.denoiser1 import image_rotation, text_rotation
from pawlette.model.graphs import Graphs
from pawlette.model.packing import Ragged
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from pawlette.model.velocity import BUCKET, Velocity
from tests.model.drawing import MIXED, draw, furthest, job
from tests.model.host_reads import NoHostReads


class Fake:
    """Replays by doing the work again on the memory that it was recorded on, as a CUDA graph does."""

    made = 0

    def __init__(self, act, size=1000):
        self.act, self.bytes = act, size
        self.output = act()
        Fake.made += 1

    def replay(self):
        self.output.copy_(self.act())


def recording(folder, switches):
    """A model whose forwards are recorded, by the fake: loading it so would ask for a card."""
    model = QwenImage.load(folder, switches=switches)
    with_graphs = dataclasses.replace(switches, graphs=True)
    model.graphs = model.text.graphs = graphs = Graphs("cpu", Fake)
    model.text.multiple = BUCKET
    model.velocity = Velocity(model.denoiser, with_graphs, table=model.velocity.table, graphs=graphs)
    return model


def doubled(x, more):
    return 2 * x if more is None else 2 * x + more


def test_a_replay_is_the_work_done_anew():
    graphs = Graphs("cpu", Fake)
    Fake.made = 0
    for _ in range(3):
        x, more = torch.randn(4), torch.randn(4)
        assert torch.equal(graphs("a", lambda: doubled, (x, more)), doubled(x, more))
        assert torch.equal(graphs("a", lambda: doubled, (x, None)), 2 * x)
    assert (Fake.made, len(graphs)) == (2, 2)
    graphs("b", lambda: doubled, (torch.randn(4), None))
    graphs("a", lambda: doubled, (torch.randn(5), None))
    graphs("a", lambda: doubled, (torch.randn(4).bfloat16(), None))
    assert Fake.made == 5  # another key, shape and dtype


def test_a_result_is_not_written_over_and_an_input_not_kept():
    graphs = Graphs("cpu", Fake)
    x = torch.ones(3)
    first = graphs("a", lambda: doubled, (x, None))
    second = graphs("a", lambda: doubled, (5 * x, None))
    assert (first.tolist(), second.tolist(), x.tolist()) == ([2.0] * 3, [10.0] * 3, [1.0] * 3)


def test_the_longest_unused_is_let_go_beyond_the_cap():
    graphs = Graphs("cpu", Fake, most_bytes=2100)  # two of 1000 and their inputs of 16
    Fake.made = 0
    x = torch.randn(4)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert torch.equal(graphs(key, lambda: doubled, (x, None)), 2 * x)
    assert (Fake.made, len(graphs)) == (4, 2)  # b went when c came, and was made again


def test_what_is_larger_than_the_cap_runs_as_it_is_and_is_not_tried_again():
    graphs = Graphs("cpu", Fake, most_bytes=500)
    Fake.made = 0
    for _ in range(3):
        assert torch.equal(graphs("a", lambda: doubled, (torch.ones(2), None)), torch.full((2,), 2.0))
    assert (Fake.made, len(graphs)) == (1, 0)


def test_without_memory_for_a_recording_the_work_is_done_all_the_same():
    tried = []

    def starved(act):
        tried.append(act)
        raise torch.OutOfMemoryError("CUDA out of memory")

    graphs = Graphs("cpu", starved)
    for _ in range(2):
        assert torch.equal(graphs("a", lambda: doubled, (torch.ones(2), None)), torch.full((2,), 2.0))
    assert len(tried) == 1


def test_another_failure_is_not_hidden():
    def broken(act):
        raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(RuntimeError, match="capturing"):
        Graphs("cpu", broken)("a", lambda: doubled, (torch.ones(2), None))


def test_lanes_do_not_share_memory(monkeypatch):
    from pawlette import device

    graphs = Graphs("cpu", Fake)
    for lane in (1, 2, 1):
        monkeypatch.setattr(device, "lane_of", lambda name, lane=lane: lane)
        graphs("a", lambda: doubled, (torch.ones(2), None))
    assert len(graphs) == 2


@pytest.mark.parametrize(
    ("which", "switches"),
    [
        ("1", Switches()), ("1", Switches(table=True, packed=True)),
        ("21", Switches()), ("21", Switches(prefix=True, packed=True)),
    ],
)  # fmt: skip
def test_replayed_steps_draw_what_the_plain_twin_draws(request, which, switches, record_parity):
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    plain, recorded = QwenImage.load(folder), recording(folder, switches)
    expected = draw(plain, *MIXED)
    difference = furthest(draw(recorded, *MIXED), expected)
    record_parity(f"{plain.family.name} latents, replayed, texts padded to 32", difference, 1e-5)
    assert difference <= 1e-5
    assert furthest(recorded.decode(expected), plain.decode(expected)) == 0
    counts = {kept.inputs[0].shape[0] for kept in recorded.graphs._kept.values()}
    assert counts <= {1, 2, 4, 8}
    Fake.made = 0
    draw(recorded, *MIXED)
    draw(recorded, *MIXED[:3])
    draw(recorded, *MIXED[:3])
    assert Fake.made <= 4  # fewer rows than before are of fewer counts


def test_a_replay_makes_no_angles_and_asks_for_no_number(checkpoint_1):
    """What a recording reads lives as long as it, whatever a cache lets go."""
    recorded = recording(checkpoint_1.folder, Switches())
    jobs = [job(), job("a dolphin", seed=2, guidance=3.0)]
    waiting = [recorded.begin(one, read) for one, read in zip(jobs, recorded.encode(jobs), strict=True)]
    waiting = recorded.step(waiting)
    image_rotation.cache_clear()
    text_rotation.cache_clear()
    with NoHostReads():
        recorded.step(waiting)
    assert image_rotation.cache_info().misses == text_rotation.cache_info().misses == 0


def test_a_broken_recorded_picture_is_still_named(checkpoint_1):
    recorded = recording(checkpoint_1.folder, Switches())
    recorded.denoiser.proj_out.bias.fill_(float("nan"))
    with pytest.raises(DrawingFailed, match="seed 7"):
        recorded.decode(draw(recorded, job(steps=1)))


def padded(text):
    return text.clone()


def test_a_replay_reads_the_texts_as_if_they_were_padded_anew():
    """Rows come, go on, change places and end, and no text is taken for another that lay there."""
    graphs, generator = Graphs("cpu", Fake), torch.Generator().manual_seed(0)
    pool = [torch.randn(tokens, 3, generator=generator) for tokens in (1, 2, 3, 4)]
    for _ in range(40):
        places = torch.randint(len(pool), (3,), generator=generator).tolist()
        ragged = Ragged([pool[place] for place in places], 4)
        for _ in range(2):
            assert torch.equal(graphs("a", lambda: padded, (ragged,)), ragged.padded())
        pool[places[0]] = torch.randn(len(pool[places[0]]), 3, generator=generator)
    assert len(graphs) == 1


def test_a_text_that_lies_there_is_not_copied_again():
    graphs, text = Graphs("cpu", Fake), torch.ones(2, 3)
    first = graphs("a", lambda: padded, (Ragged([text], 2),))
    text.zero_()
    assert torch.equal(graphs("a", lambda: padded, (Ragged([text], 2),)), first)


def test_nothing_of_a_longer_text_stays_behind_a_shorter_one():
    graphs = Graphs("cpu", Fake)
    for text in (torch.full((3, 2), torch.nan), torch.ones(1, 2)):
        made = graphs("a", lambda: padded, (Ragged([text], 4),))
    assert made.tolist() == [[[1.0, 1.0]] + [[0.0, 0.0]] * 3]


def test_behind_a_copy_that_failed_no_text_is_taken_for_there():
    graphs, one, two = Graphs("cpu", Fake), torch.ones(1, 2), torch.zeros(1, 2)
    graphs("a", lambda: padded, (Ragged([one, two], 1),))
    with pytest.raises(RuntimeError):
        graphs("a", lambda: padded, (Ragged([torch.full((1, 2), 7.0), torch.ones(1, 3)], 1),))
    made = graphs("a", lambda: padded, (Ragged([one, two], 1),))
    assert made.tolist() == [[[1.0, 1.0]], [[0.0, 0.0]]]


@pytest.mark.parametrize("which", ["1", "21"])
def test_a_broken_text_spoils_no_later_picture(request, which):
    folder = request.getfixturevalue(f"checkpoint_{which}").folder
    recorded = recording(folder, Switches(prefix=which == "21"))
    long, short = job("two cats and a small dog"), job("a cat and a dog")  # both are padded to one length
    expected = draw(recorded, short)[0].tensor
    (broken,), (read,) = recorded.encode([long]), recorded.encode([short])
    broken = dataclasses.replace(broken, embeds=torch.full_like(broken.embeds, torch.nan))
    assert not recorded.step([recorded.begin(long, broken)])[0].tensor.isfinite().any()
    latents = recorded.begin(short, read)
    while not latents.done:
        (latents,) = recorded.step([latents])
    assert torch.equal(latents.tensor, expected)
