"""Draw captioned training pictures in several processes for a while, as shards for a trainer.

    python runs/art_pictures.py pictures/ --seconds 240 --workers 16 --seed 0

A shard is `pictures_{worker}_{k}.npy`, uint8 (n, size, size, 4), and `captions_{worker}_{k}.json`, a list of
{"scene": {...}, "seed": int, "sticker": bool, "captions": [4 texts]}. A file is there whole or not at all;
the captions come last.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from pawlette.train.art.compose import draw_scene
from pawlette.train.captions import four_captions, is_sticker
from pawlette.train.scenes import sample_scene

SHARD_BYTES = 2**28


def draw_shards(out: Path, worker: int, seed: int, deadline: float, size: int, shard: int) -> int:
    """Draw until the deadline; give how many pictures were written."""
    rng, written = random.Random(f"{seed} {worker}"), 0
    while time.monotonic() < deadline:
        pictures = np.empty((shard, size, size, 4), np.uint8)
        notes: list[dict[str, Any]] = []
        while len(notes) < shard and time.monotonic() < deadline:
            scene, picture_seed = sample_scene(rng), rng.getrandbits(32)
            sticker = is_sticker(scene, rng)
            pictures[len(notes)] = np.asarray(draw_scene(scene, picture_seed, size, sticker=sticker))
            note = {"scene": dataclasses.asdict(scene), "seed": picture_seed, "sticker": sticker}
            notes.append({**note, "captions": four_captions(scene, rng, sticker)})
        _write(out, f"{worker}_{written // shard}", pictures[: len(notes)], notes)
        written += len(notes)
    return written


def _write(out: Path, name: str, pictures: np.ndarray[Any, Any], notes: list[dict[str, Any]]) -> None:
    final = out / f"pictures_{name}.npy"
    with open(final.with_suffix(".tmp"), "wb") as file:
        np.save(file, pictures)
    os.replace(final.with_suffix(".tmp"), final)
    final = out / f"captions_{name}.json"
    final.with_suffix(".tmp").write_text(json.dumps(notes, ensure_ascii=False), encoding="utf-8")
    os.replace(final.with_suffix(".tmp"), final)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=256, help="pixels to a side, 512 for an upscaler's pool")
    parser.add_argument("--shard", type=int, help="pictures in a file; otherwise as many as fill 256 MB")
    options = parser.parse_args()
    shard = options.shard or SHARD_BYTES // (options.size**2 * 4)
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    deadline = started + options.seconds
    jobs = [(options.out, w, options.seed, deadline, options.size, shard) for w in range(options.workers)]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        counts = pool.starmap(draw_shards, jobs, chunksize=1)
    seconds = time.monotonic() - started
    rate = sum(counts) / seconds
    print(json.dumps({"pictures": sum(counts), "seconds": round(seconds, 1), "per_second": round(rate, 1),
                      "per_second_a_worker": round(rate / options.workers, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
