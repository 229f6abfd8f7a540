"""A small model of each generation, as the ladder measures it, made once a run."""

import pytest
import torch
from PIL import Image

from pawlette.bench.stand_in import Pages
from pawlette.bench.subject import Subject


@pytest.fixture(scope="session")
def pages():
    return Pages([Image.new("RGB", (48, 48), "white"), Image.linear_gradient("L").convert("RGB")])


@pytest.fixture(scope="session", params=["2.1", "1.x"])
def subject(request, tmp_path_factory, pages):
    folder = tmp_path_factory.mktemp("subject")
    with Subject(request.param, folder, device="cpu", dtype=torch.float32, small=True, pages=pages) as made:
        yield made
