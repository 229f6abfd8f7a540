"""One server for the tests of a file, and who asks it."""

from dataclasses import replace

import pytest

pytest.importorskip("fastapi", reason="needs the [serve] extra")
pytest.importorskip("apsw", reason="needs the [serve] extra")
from pawlette.serve.api.config import Config
from tests.serve.api.serving import PIN, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One server for the tests of a file, with wide limits."""
    config = Config()
    config = replace(
        config, limits=replace(config.limits, pictures_burst=1e6, requests=1e6, requests_burst=1e6)
    )
    with serving(tmp_path_factory.mktemp("served"), config) as one:
        yield one


@pytest.fixture
def client(served):
    with served.client() as one:
        yield one


@pytest.fixture
def adult(served):
    with served.client() as one:
        assert one.post("/v1/adult", json={"pin": PIN}).status_code == 200
        yield one
