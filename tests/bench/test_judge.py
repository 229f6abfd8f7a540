"""A judge that was taught nothing but its file format: shapes, answers, and the way to disk and back."""

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from pawlette.bench.judge import PRESENT, SIDE, Judge, Reader, Verdict
from pawlette.errors import BadWeights

SLOTS = {"animal": ("cat", "pig", "owl"), "count": ("1", "2")}
PICTURES = [Image.new("RGBA", (64, 64), colour) for colour in ((200, 30, 30, 255), (20, 40, 200, 255))]


@pytest.fixture(scope="module")
def reader():
    torch.manual_seed(0)
    judge = Judge(SLOTS)
    torch.nn.init.normal_(judge.heads.weight, std=0.05)
    return Reader(judge.eval(), {"held_out": "twemoji"})


def test_logits_of_every_slot_and_of_presence(reader):
    with torch.inference_mode():
        logits = reader.judge(torch.zeros(2, 3, SIDE, SIDE))
    assert {slot: tuple(given.shape) for slot, given in logits.items()} == {
        "animal": (2, 3),
        "count": (2, 2),
        PRESENT: (2, 3),
    }


def test_a_verdict_is_a_distribution_over_each_slot(reader):
    verdicts = reader.read(PICTURES)
    for verdict in verdicts:
        assert sum(verdict.chances["animal"].values()) == pytest.approx(1, abs=1e-5)
        assert verdict.says("animal") in SLOTS["animal"]
        assert set(verdict.present) == set(SLOTS["animal"])
    assert reader.name(PICTURES) == [verdict.says("animal") for verdict in verdicts]
    assert reader.read([]) == []


def test_a_picture_and_its_mirror_image_get_the_same_word(reader):
    half = Image.new("RGB", (64, 64), "white")
    half.paste((200, 0, 0), (0, 0, 20, 64))
    one, other = reader.read([half, half.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    assert one.chances["animal"] == pytest.approx(other.chances["animal"], abs=1e-4)


def test_the_kinds_are_the_animals_seen_most_surely():
    verdict = Verdict({}, {"cat": 0.2, "pig": 0.9, "owl": 0.8, "bee": 0.1})
    assert verdict.kinds() == "owl and pig"
    assert verdict.kinds(1) == "pig"


def test_from_disk_it_says_nearly_the_same_and_saving_again_changes_nothing(reader, tmp_path):
    reader.save(tmp_path / "judge.safetensors")
    again = Reader.load(tmp_path / "judge.safetensors")
    assert (again.judge.slots, again.own, again.animals) == (SLOTS, {"held_out": "twemoji"}, SLOTS["animal"])
    for one, other in zip(reader.read(PICTURES), again.read(PICTURES), strict=True):
        assert one.chances["animal"] == pytest.approx(other.chances["animal"], abs=0.05)
    assert (tmp_path / "judge.safetensors").stat().st_size < 5_000_000
    again.save(tmp_path / "again.safetensors")
    third = Reader.load(tmp_path / "again.safetensors").read(PICTURES)[0]
    assert third.chances["animal"] == pytest.approx(again.read(PICTURES)[0].chances["animal"], abs=1e-4)


def test_a_file_that_is_no_judge(tmp_path):
    save_file({"x": torch.zeros(1)}, str(tmp_path / "other.safetensors"))
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    for name in ("other", "broken", "missing"):
        with pytest.raises(BadWeights, match=name):
            Reader.load(tmp_path / f"{name}.safetensors")
