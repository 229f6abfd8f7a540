"""Folders of pictures and captions in every form, and what is wrong with a folder said by name."""

import json

import pytest
import torch
from PIL import Image

from pawlette.errors import BadPicture
from pawlette.train.style_data import find_examples, open_picture


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.jpg", "c.webp"):
        Image.new("RGB", (40, 30), (200, 60, 20)).save(tmp_path / name)
    (tmp_path / "README.md").write_text("not a picture")
    return tmp_path


def captions(folder):
    return {example.path.name: example.caption for example in find_examples(folder)}


WANTED = {"a.jpg": "a fox", "b.png": "一只熊猫", "c.webp": "a cat, smiling"}


def test_texts_beside_the_pictures(folder):
    for name, text in WANTED.items():
        (folder / name).with_suffix(".txt").write_text(f"{text}\n", encoding="utf-8")
    assert captions(folder) == WANTED
    assert [example.path.name for example in find_examples(folder)] == sorted(WANTED)


@pytest.mark.parametrize("column", ["text", "caption", "prompt"])
def test_one_list_for_all(folder, column):
    rows = "\n\n".join(json.dumps({"file_name": name, column: text}) for name, text in WANTED.items())
    (folder / "metadata.jsonl").write_text(rows, encoding="utf-8")
    assert captions(folder) == WANTED
    (folder / "metadata.jsonl").unlink()
    rows = "\n".join(f'{name},"{text}"' for name, text in WANTED.items())
    (folder / "captions.csv").write_text(f"file_name,{column}\n{rows}\n", encoding="utf-8-sig")
    assert captions(folder) == WANTED


LISTS = {
    "line 2 is not JSON": ("metadata.jsonl", '{"file_name": "a.jpg", "text": "x"}\nnonsense'),
    "line 1 is no JSON object": ("metadata.jsonl", "[1]"),
    "each row has file_name and text": ("captions.csv", "file,words\na.jpg,x\n"),
    "a.jpg stands twice": ("captions.csv", "file_name,text\na.jpg,x\na.jpg,y\n"),
    "z.png is no picture": ("captions.csv", "file_name,text\nz.png,x\n"),
    r"\.\./a.jpg is no picture": ("captions.csv", "file_name,text\n../a.jpg,x\n"),
    "b.png has no caption; write a row in captions.csv": ("captions.csv", "file_name,text\na.jpg,x\n"),
}


@pytest.mark.parametrize("says", LISTS)
def test_a_bad_list_is_named(folder, says):
    name, content = LISTS[says]
    (folder / name).write_text(content)
    with pytest.raises(BadPicture, match=says) as caught:
        find_examples(folder)
    assert str(folder) in str(caught.value)


def test_a_bad_folder_is_named(folder, tmp_path):
    with pytest.raises(BadPicture, match=r"a\.jpg has no caption; write a\.txt beside it"):
        find_examples(folder)
    with pytest.raises(BadPicture, match="no folder of pictures"):
        find_examples(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadPicture, match="holds no pictures"):
        find_examples(tmp_path / "empty")


def test_the_middle_square_in_the_range_of_the_model(tmp_path):
    picture = Image.new("RGBA", (64, 32), (0, 0, 0, 0))
    picture.paste((255, 0, 128, 255), (16, 0, 48, 32))
    picture.save(tmp_path / "p.png")
    rgba = open_picture(tmp_path / "p.png", 16, 4)
    assert rgba.shape == (4, 16, 16)
    torch.testing.assert_close(rgba[:, 8, 8], torch.tensor([1.0, -1.0, 128 / 127.5 - 1.0, 1.0]))
    tall = Image.new("RGBA", (32, 32), (10, 10, 10, 0))
    tall.save(tmp_path / "clear.png")
    assert torch.equal(open_picture(tmp_path / "clear.png", 32, 3), torch.ones(3, 32, 32))  # on white
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(BadPicture, match=r"broken\.png is no picture"):
        open_picture(tmp_path / "broken.png", 32, 3)
