"""Contact sheets of the built-in model, unpicked: each prompt with seeds 0 and 1.

    python runs/first_weights.py docs/images

Draws through the Studio, as the command does, with the model's default steps and guidance.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from pawlette.studio import Studio

BENCHMARK = ["a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot"]
OTHERS = [
    "a cat", "a dog", "a fox", "a koala", "a lion",
    "a tiger", "a pig", "a mouse", "a monkey", "a frog",
    "a penguin", "an owl", "a giraffe", "a zebra", "an octopus",
]  # fmt: skip
CHINESE = ["一只可爱的熊猫", "一只微笑的海豚", "一只毛茸茸的兔子", "一只小象", "一只彩色的鹦鹉"]
SEEDS = (0, 1)
CELL = 192


def draw_rows(studio: Studio, rows: list[list[str]]) -> Image.Image:
    """Each row of prompts twice: seed 0 above seed 1."""
    page = Image.new("RGB", (CELL * len(rows[0]), CELL * len(rows) * len(SEEDS)), "white")
    for y, (row, seed) in enumerate((row, seed) for row in rows for seed in SEEDS):
        for x, text in enumerate(row):
            picture = studio.draw(studio.accept(text, seed=seed).job)
            with Image.open(io.BytesIO(picture.data)) as image:
                small = image.convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS)
            page.paste(small, (x * CELL, y * CELL))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    studio = Studio()
    rows = [BENCHMARK, *(OTHERS[i : i + 5] for i in (0, 5, 10)), CHINESE]
    page = draw_rows(studio, rows)
    page.save(folder / "first-weights.png", optimize=True)
    page.crop((0, 0, page.width, CELL)).save(folder / "hero.png", optimize=True)


if __name__ == "__main__":
    main()
