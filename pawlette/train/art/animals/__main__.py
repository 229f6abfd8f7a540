"""`python -m pawlette.train.art.animals OUT.png [NAME ...]`: a contact sheet, four variants of each."""

from __future__ import annotations

import io
import random
import sys

import resvg_py
from PIL import Image, ImageDraw

from pawlette.train.art.animals import EXPRESSIONS, SPECIES, Look, Sprite, draw_animal

CELL = 150
VARIANTS = (("front", "sitting"), ("three-quarter", "standing"), ("front", "waving"), ("side", "standing"))


def render(sprite: Sprite, size: int) -> Image.Image:
    """The sprite alone on a square, fitted."""
    scale = size * 0.94 / max(sprite.width, sprite.height)
    x, y = (size - sprite.width * scale) / 2, size * 0.97 - sprite.height * scale
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<g transform="translate({x:.2f} {y:.2f}) scale({scale:.4f})">{sprite.svg}</g></svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def variant(name: str, k: int) -> Sprite:
    """The k-th example of a species: every fourth in another colour, other expressions and poses."""
    rng = random.Random(f"{name} {k}")
    view, pose = VARIANTS[k % 4]
    if k >= 4:
        pose = rng.choice(("sitting", "standing", "waving", "jumping", "sleeping"))
    colours = SPECIES[name].recolours
    look = Look(
        name, rng.choice(colours) if k % 4 == 3 and colours else None,
        rng.choice(EXPRESSIONS) if k else "smiling", pose,
        baby=k % 4 == 2 and rng.random() < 0.5, fluffy=rng.random() < 0.15, facing=rng.choice((-1,
            1)), view=view,
    )  # fmt: skip
    return draw_animal(look, rng)


def main(path: str, names: list[str], variants: int = 4, columns: int = 3) -> None:
    rows = -(-len(names) // columns)
    sheet = Image.new("RGB", (columns * variants * CELL, rows * (CELL + 14)), "#f4eefa")
    text = ImageDraw.Draw(sheet)
    for i, name in enumerate(names):
        x, y = (i % columns) * variants * CELL, (i // columns) * (CELL + 14)
        text.text((x + 4, y + 1), name, fill="#333333")
        for k in range(variants):
            picture = render(variant(name, k), CELL)
            sheet.paste(picture, (x + k * CELL, y + 14), picture)
    sheet.save(path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or list(SPECIES))
