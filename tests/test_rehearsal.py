"""Behind a rehearsal nothing is compiled any more, whatever counts and lengths come; elsewhere nothing is drawn."""

import pytest
import torch
from torch._dynamo.utils import counters

from pawlette.engine.pipeline import Pipeline
from pawlette.job import Picture
from pawlette.model import fast
from pawlette.model.compiled import compile_regions
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from pawlette.rehearsal import examples, rehearse
from pawlette.studio import Studio
from tests.fakes import FakeModel, RehearsingModel, load_for_studio, make_job
from tests.model.checkpoints import components_1, components_21, save
from tests.model.drawing import job

SECONDS = 60
CLASSES = {"1": "QwenImagePipeline", "21": "QwenImage21Pipeline"}
PARTS = {"1": components_1, "21": components_21}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rehearsal")
    return {
        which: save(PARTS[which](), folder / which, {"_class_name": name}) for which, name in CLASSES.items()
    }


@pytest.fixture(autouse=True)
def nothing_compiled(one_thread):
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


@pytest.fixture
def traced(folders, monkeypatch):
    """Models whose regions are traced but not turned into kernels: quick, with all guards."""
    monkeypatch.setattr(fast, "compile_regions", lambda *parts: compile_regions(*parts, backend="eager"))

    def load(which, **switches):
        return QwenImage.load(folders[which], switches=Switches(compiled=True, **switches))

    return load


def compiled_code():
    return counters["stats"]["unique_graphs"]


def keep(pixels, seconds):
    return Picture(pixels.job, b"", "none", seconds)


def draw(engine, *groups):
    for group in groups:
        for future in [engine.submit(one, keep) for one in group]:
            future.result(SECONDS)


def text(words):
    """Of many lengths; no two are equal."""
    return f"{words} panda" + " under a rainbow" * words


def every_kind(guidance):
    """Streams of all counts, short ones and long ones, one kind alone and mixed, that end at different steps."""
    seeds = iter(range(10_000))
    for rows in (1, 2, 3, 4, 9):
        for words in (range(3), range(8, 12), (0, 11)):
            yield [
                job(text(words[n % len(words)]) + "!" * rows, seed=next(seeds), steps=1 + n % 3, guidance=guidance)
                for n in range(rows)
            ]  # fmt: skip


PADDED, AS_THEY_ARE = (
    1024,
    8,
)  # above and below the tokens of a picture here: counts of rows are padded, or are not


@pytest.mark.parametrize(
    ("which", "guidance", "more", "few"),
    [
        ("1", 4.0, {"table": True}, PADDED), ("21", 1.0, {"prefix": True}, PADDED), ("21", 3.0, {}, AS_THEY_ARE),
        pytest.param("1", 1.0, {}, AS_THEY_ARE, marks=pytest.mark.slow),
        pytest.param("21", 2.0, {"prefix": True}, PADDED, marks=pytest.mark.slow),
        pytest.param("21", 1.0, {"prefix": True}, AS_THEY_ARE, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_behind_a_rehearsal_nothing_is_compiled(traced, monkeypatch, which, guidance, more, few):
    monkeypatch.setattr("pawlette.model.qwen.FEW", few)
    with Pipeline(traced(which, **more), batch=4, lanes=1) as engine:
        rehearse(engine, [job(text(0), guidance=guidance), job(text(11) + "!" * 9, guidance=guidance)])
        met = compiled_code()
        assert met > 0
        draw(engine, *every_kind(guidance))
        assert compiled_code() == met


def test_guided_jobs_that_were_read_one_by_one_bring_nothing_new(traced, monkeypatch):
    monkeypatch.setattr("pawlette.model.qwen.FEW", PADDED)
    model, jobs = traced("21", prefix=True), [job(text(n), seed=n, steps=1, guidance=2.0) for n in range(3)]
    with Pipeline(model, batch=3, lanes=1) as engine:
        rehearse(engine, jobs)
    met = compiled_code()
    model.step([model.begin(one, *model.encode([one])) for one in jobs])  # three negative texts
    assert compiled_code() == met


def test_without_a_rehearsal_streams_compile_on_the_way(traced):
    with Pipeline(traced("21"), batch=4, lanes=1) as engine:
        draw(engine, [job(steps=1)])
        met = compiled_code()
        draw(engine, *every_kind(1.0))
        assert compiled_code() > met


def test_each_size_is_rehearsed_and_no_more_than_there_is_time_for(traced):
    model, asked = traced("21"), []
    sizes = [job(size=(96, 64)), job(size=(64, 64))]
    with Pipeline(model, batch=1, lanes=1) as engine:
        engine.rehearse = lambda groups: asked.extend(group[0].shape for group in groups)
        rehearse(engine, sizes)
        assert set(asked) == {(64, 96), (64, 64)}
        asked.clear()
        rehearse(engine, sizes, may=iter([True, False, False]).__next__)
        assert asked == [(64, 96)]


def test_a_model_that_meets_nothing_new_draws_nothing():
    model = FakeModel()
    with Pipeline(model) as engine:
        rehearse(engine, [make_job()])
    assert model.calls == []


def test_a_studio_rehearses_its_own_size_in_every_style():
    model = RehearsingModel()
    with Studio(load=lambda folder, device: model) as studio:
        studio.rehearse()
        wanted = list(examples(studio.family.species))
        assert len(model.told) == len(wanted) > 2
        assert {(one.width, one.height) for one in model.told} == {studio.family.default_size}
        assert {one.steps for one in model.told} == {studio.family.steps}
        assert model.decoded == [1]
        asked = [make_job(seed=3)]
        model.told.clear()
        studio.rehearse(asked)
        assert model.told == asked


def test_where_parts_take_turns_or_several_devices_draw_nothing_is_rehearsed():
    model = RehearsingModel()
    Studio(in_turns=True, load=lambda folder, device: model).rehearse()
    assert model.told == []
    with Studio(device="cpu,cpu", load=load_for_studio) as studio:
        studio.rehearse()
        assert studio._model is None


def test_every_example_passes_the_gate_and_the_built_in_model_knows_what_is_in_it():
    studio = Studio()
    species = studio.family.species
    pairs = [examples((one,)) for one in species] + [examples(None)]
    accepted = [studio.accept(words, style=style) for pair in pairs for words, style in pair]
    assert len(accepted) == 2 * 6 * (len(species) + 1)
    assert len({len(one.job.prompt.text.split()) for one in accepted}) > 2
