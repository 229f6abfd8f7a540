"""The recogniser on small made-up features: no network is run, but for one slow test."""

import random

import pytest
import torch
from PIL import Image, ImageDraw

from pawlette.bench.backdrops import SIZE, place, plain
from pawlette.bench.emoji_art import render
from pawlette.bench.recognise import VIEWS, Features, Head, Recogniser, train_head, views
from pawlette.bench.recognition_report import (
    accuracy,
    as_markdown,
    confusion,
    labelled_files,
    report,
    score_folder,
)
from pawlette.errors import BadPicture, BadWeights, UnknownAnimal

COLOURS = {"panda": (0, 0, 0), "pig": (255, 0, 0), "frog": (0, 255, 0)}


def mean_colour(pictures):
    """(pictures, 3): features that tell the three animals of these tests apart."""
    pixels = [p.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for p in pictures]
    return torch.tensor(pixels, dtype=torch.float32)


def clusters(count=60, width=6, seed=0):
    chance = torch.Generator().manual_seed(seed)
    labels = [list(COLOURS)[i % 3] for i in range(count)]
    centres = torch.eye(3, width) * 6
    noise = torch.randn(count, width, generator=chance)
    return centres[[i % 3 for i in range(count)]] + 0.3 * noise, labels


@pytest.fixture(scope="module")
def recogniser():
    chance = torch.Generator().manual_seed(1)
    labels = list(COLOURS) * 20
    colours = torch.tensor([COLOURS[label] for label in labels], dtype=torch.float32)
    jittered = (colours + 20 * torch.randn(60, 3, generator=chance)).clamp(0, 255)
    head = train_head(jittered, labels, animals=tuple(COLOURS))
    return Recogniser(head, mean_colour)


def picture(animal):
    return Image.new("RGB", (40, 40), COLOURS[animal])


class TestTrainHead:
    def test_learns_clusters_and_names_new_points_of_them(self):
        features, labels = clusters()
        head = train_head(features, labels, animals=tuple(COLOURS))
        fresh, truth = clusters(seed=9)
        named = [head.animals[i] for i in head.probabilities(fresh).argmax(1).tolist()]
        assert sum(a == b for a, b in zip(named, truth, strict=True)) >= 57

    def test_endless_ridge_leaves_only_how_common_each_animal_is(self):
        features, labels = clusters()
        head = train_head(features, labels, animals=tuple(COLOURS), ridge=1e9)
        assert torch.allclose(head.probabilities(features), torch.full((60, 3), 1 / 3), atol=1e-4)

    def test_same_pictures_same_head(self):
        features, labels = clusters()
        first, second = (train_head(features, labels, animals=tuple(COLOURS)) for _ in range(2))
        assert torch.equal(first.weight, second.weight)

    def test_label_that_is_no_class_is_an_error(self):
        features, labels = clusters()
        with pytest.raises(ValueError, match="frog"):
            train_head(features, labels, animals=("panda", "pig"))


class TestHeadFile:
    def test_saved_and_loaded_says_the_same(self, tmp_path):
        features, labels = clusters()
        own = {"family": "other", "accuracy": 0.5, "per_animal": {"pig": 0.5}}
        head = train_head(features, labels, animals=tuple(COLOURS))
        Head(head.animals, head.weight, head.bias, head.mean, head.scale, own).save(
            tmp_path / "h.safetensors"
        )
        loaded = Head.load(tmp_path / "h.safetensors")
        assert torch.equal(loaded.probabilities(features), head.probabilities(features))
        assert (loaded.animals, loaded.own) == (head.animals, own)

    @pytest.mark.parametrize("content", [b"", b"not a head at all"])
    def test_other_file_is_bad_weights(self, tmp_path, content):
        (tmp_path / "h.safetensors").write_bytes(content)
        with pytest.raises(BadWeights, match=r"h\.safetensors"):
            Head.load(tmp_path / "h.safetensors")

    def test_missing_file_is_bad_weights(self, tmp_path):
        with pytest.raises(BadWeights, match="absent"):
            Head.load(tmp_path / "absent.safetensors")


class TestRecognise:
    def test_gives_a_probability_for_each_animal(self, recogniser):
        (chances,) = recogniser.recognise([picture("pig")])
        assert set(chances) == set(COLOURS)
        assert sum(chances.values()) == pytest.approx(1.0, abs=1e-5)
        assert max(chances, key=chances.get) == "pig"

    def test_a_batch_says_what_each_picture_says_alone(self, recogniser):
        pictures = [picture(animal) for animal in ("frog", "panda", "pig")]
        together = recogniser.recognise(pictures)
        for one, alone in zip(together, (recogniser.recognise([p])[0] for p in pictures), strict=True):
            assert one == pytest.approx(alone, abs=1e-6)

    def test_a_sure_partner_outweighs_a_doubtful_head(self, recogniser):
        def frogs(pictures):
            return torch.tensor([[0.0005, 0.0005, 0.999]]).expand(len(pictures), 3)

        doubtful = Image.new("RGB", (40, 40), (130, 130, 0))
        alone = recogniser.recognise([doubtful])[0]
        together = Recogniser(recogniser.head, mean_colour, frogs).recognise([doubtful])[0]
        assert sum(together.values()) == pytest.approx(1.0, abs=1e-5)
        assert max(together, key=together.get) == "frog"
        assert together["frog"] > alone["frog"]

    def test_a_partner_that_knows_nothing_changes_nothing(self, recogniser):
        def shrug(pictures):
            return torch.full((len(pictures), 3), 1 / 3)

        pictures = [picture(animal) for animal in COLOURS]
        alone = recogniser.recognise(pictures)
        for one, both in zip(
            alone, Recogniser(recogniser.head, mean_colour, shrug).recognise(pictures), strict=True
        ):
            assert both == pytest.approx(one, abs=1e-6)

    def test_no_pictures_no_answers(self, recogniser):
        assert recogniser.recognise([]) == []

    def test_views_are_as_many_as_it_says_and_leave_the_picture_alone(self):
        whole = picture("frog")
        assert len(views(whole)) == VIEWS
        assert views(whole)[0] is whole


class TestReport:
    def test_confusion_counts_what_was_seen_for_what_was_asked(self):
        table = confusion(["pig", "pig", "pig", "frog"], ["pig", "frog", "frog", "frog"])
        assert table == {"pig": {"pig": 1, "frog": 2}, "frog": {"frog": 1}}

    def test_accuracy_weighs_animals_not_pictures(self):
        table = confusion(["pig"] * 9 + ["frog"], ["pig"] * 9 + ["pig"])
        assert accuracy(table) == 0.5

    def test_lists_of_other_lengths_are_an_error(self):
        with pytest.raises(ValueError, match="shorter"):
            confusion(["pig"], [])

    def test_markdown_names_every_mistake(self):
        text = as_markdown(confusion(["pig", "pig", "frog"], ["pig", "frog", "frog"]))
        assert "| pig | 1/2 | frog 1 |" in text
        assert "| frog | 1/1 | - |" in text

    def test_ratio_is_to_its_own_accuracy_on_the_same_animals(self):
        own = {"family": "other", "accuracy": 0.9, "per_animal": {"pig": 0.5, "frog": 1.0, "panda": 1.0}}
        result = report(["pig", "pig"], ["pig", "frog"], own=own)
        assert (result["accuracy"], result["ratio"]) == (0.5, 1.0)
        assert result["own"] == {"family": "other", "accuracy": 0.5, "accuracy_all_animals": 0.9}

    def test_no_ratio_where_its_own_accuracy_is_unknown(self):
        assert "ratio" not in report(["pig"], ["pig"], own={})


class TestScoreFolder:
    def test_scores_subfolders_and_named_files_alike(self, recogniser, tmp_path):
        (tmp_path / "pig").mkdir()
        picture("pig").save(tmp_path / "pig" / "any name.png")
        picture("frog").save(tmp_path / "pig" / "2.png")
        picture("panda").save(tmp_path / "panda-03_1.webp", lossless=True)
        result = score_folder(tmp_path, recogniser)
        assert result["confusion"] == {"panda": {"panda": 1}, "pig": {"pig": 1, "frog": 1}}
        assert result["accuracy"] == pytest.approx(0.75)

    def test_unknown_folder_is_an_error_that_names_what_is_near(self, recogniser, tmp_path):
        (tmp_path / "pandas").mkdir()
        picture("panda").save(tmp_path / "pandas" / "1.png")
        with pytest.raises(UnknownAnimal, match="'pandas'; near it: panda") as caught:
            score_folder(tmp_path, recogniser)
        assert caught.value.nearest == ("panda",)

    def test_red_panda_is_not_taken_for_a_panda(self, tmp_path):
        picture("panda").save(tmp_path / "red_panda-1.png")
        with pytest.raises(UnknownAnimal, match="red panda"):
            labelled_files(tmp_path, tuple(COLOURS))

    def test_empty_folder_is_an_error(self, recogniser, tmp_path):
        with pytest.raises(BadPicture, match="no PNG"):
            score_folder(tmp_path, recogniser)

    def test_file_that_is_no_picture_is_an_error(self, recogniser, tmp_path):
        (tmp_path / "pig.png").write_bytes(b"oink")
        with pytest.raises(BadPicture, match=r"pig\.png"):
            score_folder(tmp_path, recogniser)


class TestArt:
    def test_render_keeps_the_aspect_on_a_transparent_square(self):
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">'
            '<rect width="20" height="10" fill="red"/></svg>'
        )
        drawn = render(svg)
        assert drawn.size == (SIZE, SIZE)
        assert drawn.getchannel("A").getbbox() == (0, SIZE // 4, SIZE, SIZE - SIZE // 4)

    def test_placing_shows_the_animal_and_is_fixed_by_its_seed(self):
        animal = Image.new("RGBA", (64, 64))
        ImageDraw.Draw(animal).ellipse((8, 8, 56, 56), (200, 60, 60, 255))
        for seed in range(12):
            first, second = (place(animal, random.Random(seed), face=True) for _ in range(2))
            assert (first.size, first.mode) == ((SIZE, SIZE), "RGB")
            assert first.tobytes() == second.tobytes()
        assert place(animal, random.Random(1)).tobytes() != place(animal, random.Random(2)).tobytes()

    def test_plain_leaves_the_colours_alone(self):
        animal = Image.new("RGBA", (64, 64), (200, 60, 60, 255))
        shown = plain(animal)
        assert shown.getpixel((SIZE // 2, SIZE // 2)) == (200, 60, 60)
        assert shown.getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.slow
def test_network_reads_a_batch_as_it_reads_one():
    read = Features()
    pictures = [picture("pig"), picture("frog")]
    together = read(pictures)
    assert together.shape == (2, 3424)
    assert bool(torch.isfinite(together).all())
    assert torch.allclose(together[:1], read(pictures[:1]), atol=1e-4)
