"""Pipelines for tests."""

import pytest

from pawlette.engine.pipeline import Pipeline


@pytest.fixture
def opened():
    """Pipelines that are closed in the end, whatever came of the test."""
    made = []

    def start(model, **settings):
        made.append(Pipeline(model, **settings))
        return made[-1]

    yield start
    for pipeline in made:
        pipeline.close(finish=False)
        assert not any(thread.is_alive() for thread in pipeline._threads)
