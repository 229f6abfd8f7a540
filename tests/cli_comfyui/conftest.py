"""A real server over the fake model, with ComfyUI's API on it; one for each file of tests."""

import pytest

pytest.importorskip("fastapi", reason="needs the [serve] extra")
pytest.importorskip("apsw", reason="needs the [serve] extra")
pytest.importorskip("websockets", reason="needs the [serve] extra")
from tests.cli_comfyui.comfy import comfy


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with comfy(tmp_path_factory.mktemp("comfy")) as one:
        yield one


@pytest.fixture
def client(served):
    served.preferences.change(history=True)
    with served.client() as one:
        yield one
