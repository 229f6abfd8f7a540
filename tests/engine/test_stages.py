"""The plain twin: the stages run in order, are timed, and pass errors on."""

import pytest

from pawlette.engine.stages import run_inline
from pawlette.errors import DrawingFailed
from tests.engine.pipelines import keep
from tests.fakes import FakeModel, make_job


def test_stages_run_in_order_and_are_timed():
    model, steps, spans = FakeModel(), [], []
    picture = run_inline(
        model,
        make_job(),
        keep,
        on_step=steps.append,
        on_span=lambda stage, start, end: spans.append((stage, end - start)),
    )
    assert model.calls == ["encode", "step", "step", "step"]
    assert steps == [1, 2, 3]
    assert [stage for stage, _ in spans] == ["encode", "denoise", "decode", "deliver"]
    assert all(length >= 0 for _, length in spans)
    assert set(picture.seconds) == {"encode", "denoise", "decode", "deliver"}


def test_the_same_job_draws_the_same_picture():
    first, again, other = (run_inline(FakeModel(), make_job(seed=s), keep).data for s in (7, 7, 8))
    assert first == again
    assert first != other


def test_errors_reach_the_one_who_asked():
    with pytest.raises(DrawingFailed, match="not finite"):
        run_inline(FakeModel(broken=True), make_job(), keep)
