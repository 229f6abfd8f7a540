"""Encoded pictures: labels, transparency, and careful reading."""

import io
import json

import pytest
import torch
from PIL import Image

from pawlette.engine import deliver as engine
from pawlette.engine.labels import TRAINED, Labels
from pawlette.errors import BadJob, BadPicture
from pawlette.job import Finish, Pixels
from tests.fakes import make_job

LABELS = Labels(model="fake", version="0.0")


def picture(form="png", *, labels=LABELS, text="一只可爱的熊猫", **changes):
    job = make_job(text, **changes)
    rgba = torch.zeros(job.height, job.width, 4, dtype=torch.uint8)
    rgba[:, : job.width // 2] = torch.tensor([255, 0, 0, 255], dtype=torch.uint8)
    return engine.deliver(Pixels(job, rgba), {}, labels=labels, form=form)


@pytest.mark.parametrize("form", ["png", "webp", "jpeg"])
def test_every_format_carries_the_record_and_the_labels(form, tmp_path):
    path = picture(form).save(tmp_path / f"a.{form}")
    record, found = engine.read_picture(path)
    assert found == form
    assert record["words"] == "一只可爱的熊猫"
    assert record["scene"]["creatures"][0]["animal"] == "panda"
    with Image.open(path) as image:
        packet = image.info["xmp"]
    assert TRAINED.encode() in packet
    assert b"TC260:AIGC" in packet


@pytest.mark.parametrize("form", ["webp", "jpeg"])
def test_no_character_of_the_words_breaks_the_labels(form, tmp_path):
    path = picture(form, words="a cute panda \ufffe\uffff <&\"'>").save(tmp_path / f"a.{form}")
    assert engine.read_picture(path)[0]["words"] == "a cute panda \ufffe\uffff <&\"'>"


def test_a_png_has_exactly_the_pixels_that_were_drawn():
    pixels = torch.randint(0, 256, (32, 64, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    drawn = engine.deliver(Pixels(make_job(transparent=True), pixels), {}, labels=LABELS)
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert image.tobytes() == pixels.numpy().tobytes()


def test_png_text_chunks():
    with Image.open(io.BytesIO(picture().data)) as image:
        image.load()
        aigc = json.loads(image.text["AIGC"])
        assert aigc["Label"] == "1"
        assert aigc["ContentProducer"] == "Pawlette"
        assert len(aigc["ProduceID"]) == 32
        assert "Seed: 7" in image.text["parameters"]


def test_words_can_be_left_out_but_labels_stay(tmp_path):
    shy = picture(labels=Labels(model="fake", version="0.0", keep_words=False))
    record, _ = engine.read_picture(shy.save(tmp_path / "a.png"))
    assert "words" not in record
    assert "prompt" not in record
    assert "scene" not in record
    assert b"AIGC" in shy.data
    assert "熊猫".encode() not in shy.data
    assert b"panda" not in shy.data


def test_transparency_is_kept_or_laid_on_white():
    with Image.open(io.BytesIO(picture(transparent=True).data)) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((63, 0))[3] == 0
    with Image.open(io.BytesIO(picture().data)) as image:
        assert image.mode == "RGB"
        assert image.getpixel((63, 0)) == (255, 255, 255)
        assert image.getpixel((0, 0)) == (255, 0, 0)
    with pytest.raises(BadJob, match="jpeg has no transparency"):
        picture("jpeg", transparent=True)


def test_the_finish_is_drawn_and_recorded(tmp_path):
    finished = picture(finish=Finish(saturation=0.5), lora="fox:0.5", decoder="light")
    record, _ = engine.read_picture(finished.save(tmp_path / "a.png"))
    assert record["finish"] == {"saturation": 0.5, "cartoon": 0.0}
    assert (record["lora"], record["decoder"]) == ("fox:0.5", "light")
    with Image.open(io.BytesIO(finished.data)) as image:
        image.load()
        assert "LoRA: fox:0.5, Decoder: light, Finish: saturation 0.5 cartoon 0" in image.text["parameters"]
    plain, _ = engine.read_picture(picture().save(tmp_path / "b.png"))
    assert (plain["finish"], plain["lora"], plain["decoder"]) == (None, None, "full")


def test_unknown_format_is_named():
    with pytest.raises(BadJob, match="'gif'"):
        picture("gif")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.png", None, "does not exist"),
        ("text.png", b"hello", "is not a PNG"),
        ("cut.png", "cut", "is not a PNG"),
    ],
)
def test_bad_pictures_are_named(name, content, word, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(picture().data[:90] if content == "cut" else content)
    with pytest.raises(BadPicture, match=word):
        engine.read_picture(tmp_path / name)


def test_a_strange_picture_has_no_record(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    with pytest.raises(BadPicture, match="no Pawlette record"):
        engine.read_picture(tmp_path / "plain.png")


@pytest.mark.parametrize("record", ["[]", "{", '{"version": 2}', "[" * 50_000, " " * 70_000])
def test_a_forged_record_is_refused(record, tmp_path):
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_itxt("pawlette", record)
    Image.new("RGB", (8, 8)).save(tmp_path / "forged.png", pnginfo=info)
    with pytest.raises(BadPicture, match="metadata"):
        engine.read_picture(tmp_path / "forged.png")


def test_a_bomb_is_refused_by_its_header(tmp_path):
    Image.new("1", (5000, 5000)).save(tmp_path / "bomb.png")
    with pytest.raises(BadPicture, match="5000x5000"):
        engine.read_picture(tmp_path / "bomb.png")
