"""A folder of small made-up shards, as `runs/art_pictures.py` writes them."""

import json

import numpy as np


def write_shard(folder, name: str, count: int, *, captions: bool = True):
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(count)
    pixels = np.full((count, 256, 256, 4), 255, np.uint8)
    for picture in pixels:  # a coloured box on a see-through page
        picture[..., 3] = 0
        top, left = rng.integers(20, 120, 2)
        picture[top : top + 90, left : left + 90] = (*rng.integers(0, 255, 3), 255)
    np.save(folder / f"pictures_{name}.npy", pixels)
    if captions:
        notes = [{"scene": {}, "captions": ["a cute panda", "一只熊猫"]} for _ in range(count)]
        (folder / f"captions_{name}.json").write_text(json.dumps(notes), encoding="utf-8")
    return folder
