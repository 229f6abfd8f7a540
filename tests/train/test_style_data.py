"""Folders of pictures and captions in every form, and what is wrong with a folder said by name."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from pawlette.errors import BadJob, BadPicture
from pawlette.model.family import Family
from pawlette.studio import builtin_folder
from pawlette.train.style_data import check_size, find_examples, open_picture


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
    "the caption of a.jpg is no text": ("metadata.jsonl", '{"file_name": "a.jpg", "text": "\\ud800"}'),
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


def test_a_table_that_is_no_csv_is_named(folder):
    (folder / "captions.csv").write_text(f'file_name,text\na.jpg,a fox\nb.png,"{"never closed " * 12_000}')
    with pytest.raises(BadPicture, match=r"captions\.csv: the row behind line 2 is not CSV"):
        find_examples(folder)


def ramp(mode):
    """Grey, or red to blue, from left to right, in a mode that a PNG or JPEG may have."""
    grey = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (32, 1))
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 257)
    colours = (grey, np.zeros_like(grey), grey[:, ::-1])
    picture = Image.merge("RGB", [Image.fromarray(np.ascontiguousarray(one)) for one in colours])
    return Image.fromarray(grey).convert(mode) if mode in ("L", "LA") else picture.convert(mode)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "P", "RGB", "RGBA", "CMYK"])
def test_every_mode_shows_what_it_holds(tmp_path, mode):
    path = tmp_path / ("p.jpg" if mode == "CMYK" else "p.png")
    ramp(mode).save(path)
    with Image.open(path) as kept:
        assert kept.mode == mode
    red = open_picture(path, 32, 3)[0].mean(0)
    torch.testing.assert_close(red, torch.linspace(-1, 1, 32), atol=0.25, rtol=0)  # a palette is coarse


def test_a_palette_with_a_clear_colour_stands_on_white(tmp_path):
    picture = Image.new("P", (32, 32), 1)
    picture.putpalette([0, 0, 0, 200, 0, 0])
    picture.paste(0, (0, 0, 16, 32))
    picture.save(tmp_path / "p.png", transparency=0)
    shown = open_picture(tmp_path / "p.png", 32, 3)
    assert torch.equal(shown[:, 8, 4], torch.ones(3))
    assert shown[1, 8, 28] == -1.0
    assert open_picture(tmp_path / "p.png", 32, 4)[3, 8, 4] == -1.0


def test_a_size_to_which_a_model_only_enlarges_is_no_size_to_learn_at():
    family = Family.from_folder(builtin_folder())
    check_size(family, 256)
    with pytest.raises(BadJob, match="it learns at 256; got 512"):
        check_size(family, 512)


def test_a_depth_that_says_nothing_of_its_range_is_refused(tmp_path):
    Image.new("F", (32, 32), 0.5).save(tmp_path / "p.png", format="TIFF")
    with pytest.raises(BadPicture, match=r"p\.png is no picture .* mode F has 32 bits"):
        open_picture(tmp_path / "p.png", 32, 3)
