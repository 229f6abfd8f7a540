"""The tuned reader: its file, and in one slow test that it learns."""

import pytest
import torch
from PIL import Image

from pawlette.bench.tuned import Lower, Tuned, TunedReader, tune
from pawlette.errors import BadWeights

ANIMALS = ("pig", "frog")


@pytest.mark.parametrize("content", [b"", b"not weights at all"])
def test_other_file_is_bad_weights(tmp_path, content):
    (tmp_path / "t.safetensors").write_bytes(content)
    with pytest.raises(BadWeights, match=r"t\.safetensors"):
        Tuned.load(tmp_path / "t.safetensors")


@pytest.mark.slow
def test_learns_two_colours_and_says_the_same_from_its_file(tmp_path):
    colours = {"pig": (250, 150, 160), "frog": (60, 170, 70)}
    pictures = [Image.new("RGB", (32, 32), colours[animal]) for animal in ANIMALS]
    tuned = tune(Lower()(pictures * 16), ANIMALS * 16, animals=ANIMALS, epochs=10)
    reader = TunedReader(tuned)
    assert reader(pictures).argmax(1).tolist() == [0, 1]
    tuned.save(tmp_path / "t.safetensors")
    assert torch.allclose(TunedReader(Tuned.load(tmp_path / "t.safetensors"))(pictures), reader(pictures))
