"""Shards on the device: what is finished is taken in, what is held out stays out."""

import pytest
import torch

from pawlette.errors import BadPicture
from pawlette.train.pictures import PicturePool, captions_of, flatten, shards, to_model_range
from tests.train.shards import write_shard


def test_only_finished_shards_count(tmp_path):
    write_shard(tmp_path, "0_0", 2)
    write_shard(tmp_path, "0_1", 2, captions=False)
    assert [path.name for path in shards(tmp_path)] == ["pictures_0_0.npy"]
    assert captions_of(shards(tmp_path)[0])[1]["captions"] == ["a cute panda", "一只熊猫"]


def test_invisible_pixels_are_white():
    pixels = torch.zeros(1, 1, 2, 4, dtype=torch.uint8)
    pixels[0, 0, 1] = torch.tensor([255, 0, 0, 255])
    rgba = to_model_range(pixels)
    assert rgba[0, :, 0, 0].tolist() == [1, 1, 1, -1]
    assert rgba[0, :, 0, 1].tolist() == [1, -1, -1, 1]


def test_flatten_lays_half_transparency_half_way():
    rgba = torch.tensor([1.0, -1.0, 0.0, 0.0]).view(1, 4, 1, 1)
    assert flatten(rgba, torch.full((1, 3, 1, 1), -1.0)).flatten().tolist() == [0.0, -1.0, -0.5]


def test_the_pool_grows_to_its_capacity_and_no_further(tmp_path):
    pool = PicturePool(write_shard(tmp_path, "0_0", 3), 5, "cpu")
    assert pool.refresh() == 3
    write_shard(tmp_path, "0_1", 4)
    assert pool.refresh() == 5
    assert pool.refresh() == 5


def test_held_out_pictures_are_never_in_a_batch(tmp_path):
    pool = PicturePool(write_shard(tmp_path, "0_0", 4), 4, "cpu")
    pool.refresh()
    marked = torch.full_like(pool.pixels[:2], 7)
    pool.pixels[:2] = marked
    forbidden = to_model_range(marked[:1])[0]
    batch = pool.batch(64, held_out=2)
    assert not any(torch.equal(one, forbidden) for one in batch)
    with pytest.raises(BadPicture, match="more than 4"):
        pool.batch(1, held_out=4)
