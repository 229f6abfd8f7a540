"""A dragon's wings, behind the back. Knows where they grow, not what grows them."""

from __future__ import annotations

from pawlette.train.art.animals.limbs import Body
from pawlette.train.art.animals.pen import darker
from pawlette.train.art.animals.shapes import smooth


def draw_wings(body: Body, x: float, y: float, size: float, sides: tuple[int, ...] = (-1, 1)) -> None:
    spread = 1.25 if body.look.pose in ("flying", "jumping") else body.rng.uniform(0.85, 1.1)
    for side in sides:
        with (
            body.pen.layer("back"),
            body.pen.at(x + side * 22 * size, y, body.rng.uniform(-6, 6), side * spread * size, size),
        ):
            wing = smooth(
                [(0, 10), (22, -32), (56, -50), (66, -26), (78, -8), (60, -4), (54, 16), (38, 8), (24, 24)],
                tension=0.7,
            )
            body.pen.part(wing, body.coat.accent)
            body.pen.line(
                smooth([(2, 6), (26, -18), (56, -46)], closed=False), darker(body.coat.accent, 0.22), 2.6
            )
