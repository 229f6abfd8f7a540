"""Small models and pictures that several files of style tests learn from."""

import pytest
from PIL import Image, ImageDraw


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    from tests.model import checkpoints  # imports diffusers: only who asks for it waits

    root = tmp_path_factory.mktemp("models")
    return {
        kind: checkpoints.save(parts(), root / kind, {"_class_name": name})
        for kind, parts, name in (
            ("1", checkpoints.components_1, "QwenImagePipeline"),
            ("21", checkpoints.components_21, "QwenImage21Pipeline"),
        )
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for index, colour in enumerate(("orange", "teal", "crimson")):
        picture = Image.new("RGB", (80, 72), "white")
        ImageDraw.Draw(picture).ellipse((10 + 4 * index, 10, 60, 60), fill=colour)
        picture.save(folder / f"{index}.png")
        (folder / f"{index}.txt").write_text(f"a {colour} ball")
    return folder


@pytest.fixture(params=["1", "21"])
def kind(request):
    return request.param
