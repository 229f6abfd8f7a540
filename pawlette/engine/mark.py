"""The visible mark that a machine made a picture: "AI生成" in a corner. Knows no job; needs no font.

GB 45438-2025 asks for text with AI and 生成, at least 5 % of the shorter side high. The strokes are our own drawing.
"""

from __future__ import annotations

import functools
import math

from PIL import Image, ImageDraw

HEIGHT = 0.06  # of the shorter side: a little more than is asked for
LEAST = 10  # pixels, below which the strokes run together
FINER = 4  # drawn so much larger, then made small: smooth edges
STROKE = 0.1  # of the height
Stroke = tuple[tuple[float, float], ...]

# Each sign as strokes in a box from (0, 0) to (width, 1), y downwards.
SIGNS: tuple[tuple[float, tuple[Stroke, ...]], ...] = (
    (0.8, (((0.02, 1.0), (0.4, 0.0), (0.78, 1.0)), ((0.16, 0.66), (0.64, 0.66)))),  # A
    (0.4, (((0.2, 0.0), (0.2, 1.0)), ((0.04, 0.0), (0.36, 0.0)), ((0.04, 1.0), (0.36, 1.0)))),  # I
    (
        1.0,  # 生
        (
            ((0.3, 0.02), (0.22, 0.24), (0.1, 0.42)), ((0.24, 0.27), (0.88, 0.27)), ((0.18, 0.6), (0.84, 0.6)),
            ((0.04, 1.0), (0.96, 1.0)), ((0.53, 0.0), (0.53, 1.0)),
        ),
    ),
    (
        1.0,  # 成
        (
            ((0.16, 0.25), (0.94, 0.25)), ((0.17, 0.25), (0.16, 0.62), (0.04, 1.0)),
            ((0.17, 0.5), (0.42, 0.5), (0.4, 0.8), (0.3, 0.78)),
            ((0.54, 0.0), (0.58, 0.4), (0.7, 0.76), (0.88, 1.0), (0.96, 0.78)),
            ((0.86, 0.44), (0.7, 0.72), (0.48, 0.95)), ((0.74, 0.02), (0.86, 0.15)),
        ),
    ),
)  # fmt: skip
GAP = 0.22
WIDTH = sum(width for width, _ in SIGNS) + GAP * (len(SIGNS) - 1)  # of the height


def marked(image: Image.Image) -> Image.Image:
    """The picture with the mark at its lower right: white signs on a dark, half clear ground."""
    sign = mark(height_for(image.size))
    margin = max(2, min(image.size) // 50)
    page = image.convert("RGBA")
    page.alpha_composite(
        sign, (max(0, image.width - sign.width - margin), max(0, image.height - sign.height - margin))
    )
    return page if image.mode == "RGBA" else page.convert(image.mode)


def height_for(size: tuple[int, int]) -> int:
    """How high the signs are, in pixels."""
    return max(LEAST, math.ceil(HEIGHT * min(size)))


@functools.lru_cache(maxsize=16)
def mark(height: int) -> Image.Image:
    """The mark alone, RGBA, its signs `height` pixels high."""
    big = height * FINER
    pad = big // 2
    page = Image.new("RGBA", (int(WIDTH * big) + 2 * pad, big + 2 * pad), (255, 255, 255, 0))
    pen = ImageDraw.Draw(page)
    pen.rounded_rectangle(
        (0, 0, page.width - 1, page.height - 1), radius=page.height // 3, fill=(30, 30, 40, 150)
    )
    left, width = float(pad), max(1, round(STROKE * big))
    for advance, strokes in SIGNS:
        for stroke in strokes:
            points = [(left + x * big, pad + y * big) for x, y in stroke]
            pen.line(points, fill="white", width=width, joint="curve")
            for x, y in points:  # round ends
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill="white")
        left += (advance + GAP) * big
    return page.resize((page.width // FINER, page.height // FINER), Image.Resampling.LANCZOS)
