"""Scores of made-up pictures under a jury that sees what it is told."""

import dataclasses
import io

import pytest
import torch
from PIL import Image

from pawlette.bench.art_prompts import wishes
from pawlette.bench.art_scores import agreement, open_drawn, score
from pawlette.bench.likeness import WIDTH
from pawlette.bench.png_encoders import SIGNATURE, chunk
from pawlette.bench.recognition_report import opened
from pawlette.errors import BadPicture
from tests.bench.jury import as_plain, drawn, jury

SIGHTS = [
    {"animal": "cat"}, {"animal": "pig"}, {"animal": "pig", "count": "2"}, {"animal": "cat", "colour": "blue"},
    {"animal": "toucan"}, {"count": "3"},
]  # fmt: skip


@pytest.fixture
def report():
    pictures = drawn([
        ("a cute cat", 0, 0), ("a cute cat", 1, 1), ("a cute pig", 0, 1), ("a cute pig", 1, 2),
        ("a cute toucan", 0, 4), ("a blue cat", 0, 3), ("a blue cat", 1, 0), ("three cats", 0, 5),
        ("a dolphin", 0, 0, True),
    ])  # fmt: skip
    return as_plain(score(pictures, jury(SIGHTS)))


def test_recognition_is_the_mean_over_animals_with_the_judges_own_beside_it(report):
    taught = report["recognition"]["taught"]
    assert taught["per_animal"] == {"cat": 0.5, "pig": 1, "toucan": 1}
    assert taught["accuracy"] == pytest.approx(2.5 / 3)
    assert taught["own"]["generator"] == {
        "animals": 3,
        "accuracy": pytest.approx(0.8),
        "ratio": pytest.approx(2.5 / 2.4),
    }
    assert taught["own"]["twemoji"] == {
        "animals": 2,
        "accuracy": pytest.approx(0.8),
        "ratio": pytest.approx(0.75 / 0.8),
    }
    assert taught["confusion"]["cat"] == {"cat": 1, "pig": 1}
    assert [line.rpartition(": ")[2] for line in taught["taken for another"]] == ["pig"]
    assert "the five" not in taught


def test_the_stranger_is_asked_only_what_it_knows(report):
    assert set(report["recognition"]["stranger"]["per_animal"]) == {"cat", "pig"}


def test_slots_are_scored_where_the_prompt_names_them_and_the_count_always(report):
    colour, count = report["slots"]["colour"], report["slots"]["count"]
    assert (colour["pictures"], colour["accuracy"], colour["own"]) == (2, 0.5, 0.8)
    assert colour["per_value"] == {"blue": 0.5}
    assert count["per_value"] == {"1": pytest.approx(6 / 7), "3": 1}
    assert count["accuracy"] == pytest.approx((6 / 7 + 1) / 2)
    assert count["own"] == 0.7
    assert set(report["slots"]) == {"colour", "count"}


def test_two_kinds_are_right_where_both_are_seen_most_surely():
    pictures = drawn([("a panda and a bunny", 0, 0), ("a lion and a zebra", 0, 1)])
    taught = jury([{"present": ("bunny", "panda")}, {"present": ("lion", "tiger")}]).taught
    verdicts = taught.read([one.picture for one in pictures])
    kinds = agreement(list(zip(pictures, verdicts, strict=True)), taught.own)["kinds"]
    assert (kinds["pictures"], kinds["accuracy"], kinds["own"]) == (2, 0.5, 0.6)
    assert [line.rpartition(": ")[2] for line in kinds["missed"]] == ["lion and tiger"]


def test_large_pictures_are_looked_at_small():
    stripes = Image.new("RGBA", (1024, 1024), "white")
    for x in range(0, 1024, 2):
        stripes.paste((0, 0, 0, 255), (x, 0, x + 1, 1024))
    (one,) = drawn([("a cute cat", 0, 0)])
    report = score([dataclasses.replace(one, picture=stripes)], jury([{}] * 256))
    assert report["statistics"]["edge_density"] == 0


def test_diversity_is_over_the_seeds_of_one_prompt(report):
    assert report["diversity"]["per_animal"] == {"cat": pytest.approx(2**0.5), "pig": pytest.approx(2**0.5)}


def test_no_training_picture_is_near_unless_it_was_copied(report):
    assert report["nearest training picture"]["distance"] == pytest.approx(2**0.5)
    assert report["nearest training picture"]["nearer to training"] == 0
    copies = score(drawn([("a cute cat", 0, 0)]), jury(SIGHTS, torch.eye(WIDTH)[:1]))
    assert copies["nearest training picture"]["distance"] == 0
    assert copies["nearest training picture"]["distance to untrained"] == pytest.approx(2**0.5)
    assert copies["nearest training picture"]["nearer to training"] == 1


def test_transparent_pictures_are_measured_apart(report):
    assert report["alpha"]["pictures"] == 1
    assert report["pictures"] == {"animals": 5, "slots": 3, "transparent": 1}
    assert score(drawn([("a cute cat", 0, 0)]), jury(SIGHTS))["alpha"] is None


def test_statistics_are_of_the_pixels(report):
    assert report["statistics"]["edge_density"] == 0
    assert report["statistics"]["saturation"] == pytest.approx(
        sum((90 - i) / 90 for i in (0, 1, 1, 2, 4)) / 5
    )


def test_pictures_are_found_by_their_names(tmp_path):
    listed = wishes(animals=("cat",), seeds=2)
    with pytest.raises(BadPicture, match="no picture of the benchmark"):
        open_drawn(tmp_path, listed)
    for one in drawn([("a cute cat", 1, 0), ("a blue cat", 0, 0)]):
        (tmp_path / one.wish.file).parent.mkdir(exist_ok=True)
        one.picture.convert("RGB").save(tmp_path / one.wish.file)
    assert {one.wish.text for one in open_drawn(tmp_path, wishes(seeds=5))} == {"a cute cat", "a blue cat"}
    (tmp_path / "animals" / "other.png").write_bytes(b"no")  # not asked for, not read
    one = next(wish for wish in listed if wish.animal == "cat" and wish.seed % 100 == 0)
    (tmp_path / one.file).write_bytes(b"no")
    with pytest.raises(BadPicture, match="cannot be read"):
        open_drawn(tmp_path, listed)


def test_every_damage_of_a_png_is_a_picture_that_cannot_be_read(tmp_path):
    whole = io.BytesIO()
    Image.new("RGB", (16, 16), "orange").save(whole, "PNG")
    data, path = whole.getvalue(), tmp_path / "p.png"
    start, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    packed = data[start + 8 : end - 4]
    damaged = {
        "half": data[: end - 30],
        "no chunk": data[:start]
        + chunk(b"IDAT", packed[:9])
        + chunk(b"\x06\x02\x84\x03", packed[9:])
        + data[end:],
        "short header": SIGNATURE + chunk(b"IHDR", b"???"),
        "huge": SIGNATURE + chunk(b"IHDR", b"\x00\x01\x00\x00" * 2 + bytes((8, 2, 0, 0, 0))),
    }
    for what, content in damaged.items():
        path.write_bytes(content)
        with pytest.raises(BadPicture, match=r"p\.png cannot be read"):
            raise AssertionError(f"{what}: {opened(path).size}")
