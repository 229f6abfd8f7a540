"""A contact sheet of sampled training pictures with their captions: for looking at the art.

python runs/art_sheet.py sheet.png --seed 0 --n 40
"""

from __future__ import annotations

import argparse
import random
import textwrap
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pawlette.train.art.compose import draw_scene
from pawlette.train.captions import four_captions, is_sticker
from pawlette.train.scenes import sample_scene
from pawlette.words.scene import Scene


def sheet(
    scenes: Sequence[Scene],
    stickers: Sequence[bool],
    captions: Sequence[str],
    seed: int,
    columns: int,
    size: int,
) -> Image.Image:
    """Pictures in rows, the caption under each; a chequered ground shows what is transparent."""
    rows, text = -(-len(scenes) // columns), 44
    page = Image.new("RGB", (columns * size, rows * (size + text)), "white")
    pen, font = ImageDraw.Draw(page), _font(11)
    for i, (scene, words) in enumerate(zip(scenes, captions, strict=True)):
        x, y = i % columns * size, i // columns * (size + text)
        picture = draw_scene(scene, seed + i, size, sticker=stickers[i])
        page.paste(_chequers(size), (x, y))
        page.paste(picture, (x, y), picture)
        lines = textwrap.wrap(words, size // 6)[:3]
        pen.text((x + 3, y + size + 2), "\n".join(lines), fill="black", font=font)
    return page


def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font that has Chinese, where the system has one."""
    for name in ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "msyh.ttc"):
        try:
            return ImageFont.truetype(name, points)
        except OSError:
            continue
    return ImageFont.load_default(points)


def _chequers(size: int) -> Image.Image:
    small = Image.new("L", (2, 2))
    small.putdata((255, 226, 226, 255))
    tile = small.resize((16, 16), Image.Resampling.NEAREST)
    ground = Image.new("RGB", (size, size))
    for x in range(0, size, 16):
        for y in range(0, size, 16):
            ground.paste(tile, (x, y))
    return ground


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--size", type=int, default=192, help="pixels to a picture's side")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    scenes = [sample_scene(rng) for _ in range(options.n)]
    stickers = [is_sticker(scene, rng) for scene in scenes]
    captions = [
        rng.choice(four_captions(scene, rng, sticker))
        for scene, sticker in zip(scenes, stickers, strict=True)
    ]
    sheet(scenes, stickers, captions, options.seed, options.columns, options.size).save(options.out)
    for scene, words in zip(scenes, captions, strict=True):
        print(words, "|", scene)


if __name__ == "__main__":
    main()
