"""The pipeline equals its plain twin; rows join, share and wait as they should."""

import threading
from concurrent.futures import wait

import pytest
import torch

from pawlette.device import Lane
from pawlette.engine.pipeline import DEPTH, Pipeline
from pawlette.engine.stages import run_inline
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from tests.engine.pipelines import SECONDS, Gate, asked, jobs_of_many_kinds, keep
from tests.fakes import FakeModel, make_job
from tests.model.checkpoints import components_1, components_21, save
from tests.model.host_reads import NoHostReads

PARTS = ("encode", "denoise", "decode", "deliver")


@pytest.mark.parametrize(("batch", "lanes"), [(None, None), (1, 1), (4, 1), (2, 3)])
def test_it_equals_the_plain_twin(opened, batch, lanes):
    pipeline, jobs = opened(FakeModel(), batch=batch, lanes=lanes), jobs_of_many_kinds()
    futures = [pipeline.submit(job, keep) for job in jobs]
    for job, future in zip(jobs, futures, strict=True):
        picture = future.result(SECONDS)
        assert picture.job is job
        assert picture.data == run_inline(FakeModel(), job, keep).data
        assert set(picture.seconds) == set(PARTS)


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine") / "model"
    return save(components_21(), folder, {"_class_name": "QwenImage21Pipeline"})


@pytest.fixture(scope="module")
def small_model(small_folder):
    return QwenImage.load(small_folder, "cpu")


KINDS = [
    asked(1, "a cute panda", steps=6),
    asked(2, "两只熊猫在彩虹下 with a long tale about the sea", steps=2, guidance=4.0),
    asked(3, "a dolphin", steps=3),
    asked(4, "a dolphin", steps=5, guidance=2.0),
    asked(5, "a cat", width=64),
    asked(6, "a very small cat in the snow", steps=1),
]


@pytest.fixture(scope="module")
def switched_model(small_folder):
    return QwenImage.load(small_folder, "cpu", switches=Switches(packed=True, prefix=True, folded=True))


@pytest.mark.parametrize("which", ["small_model", "switched_model"])
@pytest.mark.parametrize(("batch", "allowed"), [(1, 0), (3, 1)])
def test_a_real_model_draws_the_same_alone_and_in_a_rolling_batch(
    opened, request, record_parity, batch, allowed, which
):
    """Other texts, lengths, guidance and step counts, joining while others are on their way."""
    small_model = request.getfixturevalue(which)
    pipeline = opened(small_model, batch=batch)
    futures = [pipeline.submit(job, keep) for job in KINDS]
    furthest = 0
    for job, future in zip(KINDS, futures, strict=True):
        ours, plain = (
            torch.frombuffer(bytearray(data), dtype=torch.uint8).int()
            for data in (future.result(SECONDS).data, run_inline(small_model, job, keep).data)
        )
        furthest = max(furthest, (ours - plain).abs().max().item())
    record_parity(f"pipeline against inline, 2.1, {which}, batch {batch}", furthest / 255, allowed / 255)
    assert furthest <= allowed


def assert_draws_again_and_again(pipeline, plain):
    """All kinds beside each other, eight times over, each within a level of its plain twin's bytes."""
    for _ in range(8):
        futures = [pipeline.submit(job, keep) for job in KINDS]
        for future, data in zip(futures, plain, strict=True):
            ours = torch.frombuffer(bytearray(future.result(SECONDS).data), dtype=torch.uint8).int()
            assert (ours - torch.frombuffer(bytearray(data), dtype=torch.uint8).int()).abs().max() <= 1


@pytest.mark.cuda
@pytest.mark.parametrize(
    "switches", [Switches(), Switches(packed=True, prefix=True, folded=True, graphs=True)]
)
def test_on_a_gpu_the_lanes_wait_for_each_other(small_folder, opened, switches):
    """Pictures of many kinds, several times over: a lane that ran ahead of another would read what is not yet there."""
    model = QwenImage.load(small_folder, "cuda", torch.float32, switches=switches)
    plain = [run_inline(model, job, keep).data for job in KINDS]
    assert_draws_again_and_again(opened(model, device="cuda"), plain)


@pytest.fixture(scope="module")
def guided_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine") / "model"
    return save(components_1(), folder, {"_class_name": "QwenImagePipeline"})


def test_a_model_with_a_table_draws_the_bytes_of_its_plain_twin(guided_folder, opened):
    model = QwenImage.load(guided_folder, "cpu", switches=Switches(table=True))
    model.velocity.table.most = 7  # timesteps: one schedule's, and little more
    pipeline = opened(model)
    plain = QwenImage.load(guided_folder, "cpu")
    for _ in range(3):
        futures = [pipeline.submit(job, keep) for job in KINDS]
        for job, future in zip(KINDS, futures, strict=True):
            assert future.result(SECONDS).data == run_inline(plain, job, keep).data


class Prefetcher(FakeModel):
    """Notes what it is asked, by seed; waits in each `prefetch` until it may go on. Cannot do that for a seed of 3."""

    def __init__(self):
        super().__init__()
        self.seen, self.begun, self.asked, self.may = [], [], threading.Semaphore(0), threading.Semaphore(0)

    def begin(self, job, conditioning):
        self.begun.append(job.seed)
        return super().begin(job, conditioning)

    def prefetch(self, latents):
        self.seen.append(latents.job.seed)
        self.asked.release()
        assert self.may.acquire(timeout=SECONDS)
        if latents.job.seed == 3:
            raise RuntimeError("nothing there")


def test_what_waiting_jobs_need_is_made_while_nothing_is_to_be_read(opened):
    model = Prefetcher()
    gate = Gate(model, "step")  # nothing is prefetched for a job that is done
    pipeline = opened(model, batch=1)
    first = [pipeline.submit(make_job(seed=seed), keep) for seed in (1, 2)]
    assert model.asked.acquire(timeout=SECONDS)  # one is prefetched, and whoever comes meanwhile is read next
    gate.open()
    wait(first, SECONDS)  # they do not wait for that
    late = [pipeline.submit(make_job(seed=seed), keep) for seed in (3, 4)]
    for _ in range(8):
        model.may.release()
    assert [future.result(SECONDS).job.seed for future in (*first, *late)] == [1, 2, 3, 4]
    pipeline.close()
    assert model.begun == [1, 2, 3, 4]
    assert model.seen[0] in (1, 2)
    assert len(model.seen) == len(set(model.seen))


def test_nothing_is_prefetched_for_a_job_that_nobody_waits_for(opened):
    model = Prefetcher()
    gate = Gate(model, "step")
    pipeline = opened(model, batch=1)
    gone = pipeline.submit(make_job(seed=1), keep)
    assert model.asked.acquire(timeout=SECONDS)
    gate.open()
    gone.cancel()
    others = [pipeline.submit(make_job(seed=seed), keep) for seed in (2, 3)]
    for future in others:
        future.cancel()
    model.may.release()
    pipeline.close()
    assert model.seen == [1]


@pytest.mark.cuda
@pytest.mark.parametrize(
    "switches", [Switches(table=True), Switches(packed=True, table=True, folded=True, graphs=True)]
)
def test_on_a_gpu_tables_are_made_and_let_go_beside_the_steps_that_read_them(guided_folder, opened, switches):
    model = QwenImage.load(guided_folder, "cuda", torch.float32, switches=switches)
    plain = [run_inline(model, job, keep).data for job in KINDS]
    model.velocity.table.most = 7  # timesteps: one schedule's, and little more
    assert_draws_again_and_again(opened(model, device="cuda"), plain)


def test_files_are_made_beside_each_other_each_for_its_owner(opened):
    """Three deliveries wait until three are there: one thread, or one for a whole group, would wait for ever."""
    model, together = FakeModel(), threading.Barrier(3)

    def slowly(pixels, seconds):
        together.wait(SECONDS)
        if pixels.job.seed == 4:
            raise OSError("no room")
        return keep(pixels, seconds)

    pipeline = opened(model, batch=6, writers=3)
    futures = [pipeline.submit(make_job(seed=seed), slowly) for seed in range(6)]
    wait(futures, SECONDS)
    assert [future.result().job.seed for future in futures if future is not futures[4]] == [0, 1, 2, 3, 5]
    with pytest.raises(OSError, match="no room"):
        futures[4].result()


def test_steps_ask_the_device_for_nothing(opened, small_model):
    class Watched:
        encode, begin, decode = small_model.encode, small_model.begin, small_model.decode

        def step(self, latents):
            with NoHostReads():
                return small_model.step(latents)

    pipeline = opened(Watched(), batch=2)
    for future in [pipeline.submit(job, keep) for job in KINDS[:4]]:
        future.result(SECONDS)


def test_rows_that_come_while_others_are_drawn_join_them(opened):
    model = FakeModel()
    gate = Gate(model, "step")
    pipeline = opened(model, batch=3, lanes=1)
    first = pipeline.submit(make_job(seed=1, steps=3), keep)
    gate.wait()
    others = [pipeline.submit(make_job(seed=seed, steps=1), keep) for seed in (2, 3)]
    while len(pipeline._batcher._read.get((32, 64), ())) < 2:
        threading.Event().wait(0.001)
    gate.open()
    wait([first, *others], SECONDS)
    assert [sorted(rows) for rows in model.rows[:2]] == [[1], [1, 2, 3]]


def test_pictures_that_are_done_together_are_decoded_together(opened):
    model = FakeModel()
    gate = Gate(model, "encode")
    pipeline = opened(model, batch=4, lanes=1)
    futures = [pipeline.submit(make_job(seed=seed), keep) for seed in range(5)]
    gate.open()
    wait(futures, SECONDS)
    assert sum(model.decoded) == 5
    assert max(model.decoded) > 1


def test_no_shape_starves_beside_a_stream_of_another(opened):
    """One wide picture among many narrow ones is drawn before more than `patience` later ones have been."""
    model = FakeModel()
    gate = Gate(model, "encode")
    pipeline = opened(model, batch=2, lanes=1, patience=4)
    shapes = [32] * 4 + [64] + [32] * 40
    futures = [pipeline.submit(make_job(seed=i, steps=1, width=w), keep) for i, w in enumerate(shapes)]
    gate.open()
    wait(futures, SECONDS)
    order = [seed for rows in model.rows for seed in rows]
    assert sum(seed > 4 for seed in order[: order.index(4)]) <= 4
    assert sorted(order) == list(range(45))


def test_on_a_card_whatever_may_be_compiled_is_asked_with_one_number_of_threads(opened, monkeypatch):
    """Of code that was compiled, PyTorch demands the number of threads that it was compiled with."""
    given = {}

    class Watched(Lane):
        def __init__(self, device, threads):
            super().__init__("cpu", threads)
            given[threading.current_thread().name] = threads

    monkeypatch.setattr("pawlette.engine.pipeline.Lane", Watched)
    opened(FakeModel(), device="cuda", batch=1, threads=3).submit(make_job(), keep).result(SECONDS)
    assert [given[f"pawlette-{part}"] for part in ("encode", "denoise", "decode")] == [3, 3, 3]


def test_a_slow_stage_slows_those_before_it(opened):
    """Undelivered pictures do not pile up: each stage holds one group and its hand-over at most DEPTH more."""
    model, deliver = FakeModel(), threading.Event()
    pipeline = opened(model, batch=1, lanes=1)

    def slow(pixels, seconds):
        assert deliver.wait(SECONDS)
        return keep(pixels, seconds)

    futures = [pipeline.submit(make_job(seed=seed, steps=1), slow) for seed in range(40)]
    steps = 0
    while not steps or steps != len(model.rows):  # until nothing moves
        steps = len(model.rows)
        threading.Event().wait(0.1)
    most = 2 * (DEPTH + DEPTH) + 2  # twice: what is taken is no longer in the hand-over
    assert 0 < steps <= most
    deliver.set()
    assert len([future.result(SECONDS) for future in futures]) == 40


def test_listeners_hear_of_every_picture(opened):
    spans, steps = [], []
    pipeline = opened(
        FakeModel(), batch=2, on_span=lambda stage, start, end: spans.append((stage, end - start))
    )
    for future in [pipeline.submit(make_job(seed=seed), keep, on_step=steps.append) for seed in range(3)]:
        future.result(SECONDS)
    assert sorted(steps) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert sorted(stage for stage, _ in spans) == sorted(PARTS * 3)
    assert all(length >= 0 for _, length in spans)


def test_a_wrong_batch_is_refused_before_any_thread_starts():
    before = threading.active_count()
    with pytest.raises(ValueError, match="at least 1 row"):
        Pipeline(FakeModel(), batch=-1)
    assert threading.active_count() == before


class CountingThreads(FakeModel):
    """Notes how many CPU threads each step may use, and each decode; steps may be made to wait for each other."""

    def __init__(self):
        super().__init__()
        self.steps, self.decodes = [], []
        self.together = threading.Barrier(1)

    def step(self, latents):
        self.steps.append(torch.get_num_threads())
        self.together.wait(SECONDS)
        return super().step(latents)

    def decode(self, latents):
        self.decodes.append(torch.get_num_threads())
        return super().decode(latents)


def test_a_lane_that_works_alone_has_all_cores_and_shares_them_otherwise(opened, monkeypatch):
    monkeypatch.setattr("pawlette.engine.pipeline.shares", lambda device: (2, 1, 3))
    model = CountingThreads()
    pipeline = opened(model)
    for seed in range(2):
        pipeline.submit(make_job(seed=seed, steps=4), keep).result(SECONDS)
    assert (model.steps, model.decodes) == ([3] * 8, [3] * 2)
    model.steps.clear()
    model.together = threading.Barrier(2)  # two lanes, step by step
    for drawn in [pipeline.submit(make_job(seed=seed, steps=4), keep) for seed in range(2)]:
        drawn.result(SECONDS)
    assert model.steps[0] in (1, 3)  # whether the other is there already
    assert model.steps[1:] == [1] * 7


def test_threads_that_were_chosen_stay_chosen(opened):
    model = CountingThreads()
    opened(model, threads=2).submit(make_job(steps=2), keep).result(SECONDS)
    assert (model.steps, model.decodes) == ([2, 2], [2])
