"""Mammals asleep: curled up on a side, flat on the belly, or rolled into a ball with the tail before the nose.

Knows lying bodies; the head comes whole from `head`.
"""

from __future__ import annotations

from random import Random

from pawlette.train.art.animals.head import draw_head
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.limbs import Body
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.marks import draw_body_marks
from pawlette.train.art.animals.pen import Pen, darker
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, smooth, tube
from pawlette.train.art.animals.tails import draw_tail

LONG_TAILS = ("cat", "monkey")


def draw_sleeper(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    body = Body(pen, rng, look, kind, coat)
    body.grow = (1.02 if look.baby else 0.92) * kind.size("head_size") * rng.uniform(0.88, 1.1)
    way = "flat" if look.view == "front" and rng.random() < 0.5 else rng.choice(("side", "side", "ball"))
    {"flat": _flat, "side": _side, "ball": _ball}[way](body)
    return pen.sprite()


def _size(body: Body) -> tuple[float, float]:
    scale = 0.86 if body.look.baby else 1.0
    bulk = body.kind.size("bulk") ** 0.5 * scale
    return 76 * bulk * body.rng.uniform(0.92, 1.1), 76 * scale * body.rng.uniform(0.92, 1.08)


def _coated(body: Body, shape: Shape, box: tuple[float, float, float, float]) -> None:
    """The body's mass in its coat, with its markings."""
    pen, kind = body.pen, body.kind
    if kind.part("spiky"):
        pen.part(fringe(shape, 30, 10), body.coat.dark)
        return
    if kind.part("wool"):
        shape = fringe(shape, 15, 9)
    elif body.look.fluffy:
        shape = fur(shape, 30, 5.5)
    pen.part(shape, body.coat.main)
    with pen.clip(shape):
        draw_body_marks(pen, kind.part("body_marks"), box, body.coat.dark, body.rng)
        x0, y0, x1, y1 = box
        pen.light((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2, body.coat.main)


def _rest_head(body: Body, x: float, tilt: float, turn: float) -> None:
    """The head lies on the ground or on the paws."""
    lift = 52 * body.kind.size("head_h") * body.grow * body.kind.size("sleep_lift", 0.94)
    body.pen.tilt = tilt * body.look.facing
    with body.pen.layer("head"), body.pen.at(x, -lift, tilt, body.grow):
        draw_head(body.pen, body.look, body.kind, body.coat, body.rng, turn, asleep=True)


def _side(body: Body) -> None:
    """Curled up, the back an arch, the head on the forepaws."""
    pen, kind, rng = body.pen, body.kind, body.rng
    w, h = _size(body)
    with pen.layer("back"), pen.at(-w * 0.66, -14):
        draw_tail(pen, kind, body.coat, rng, "flat")
    mound = smooth(
        [
            (-w, -h * 0.34),
            (-w * 0.84, -h * 0.8),
            (-w * 0.3, -h * 1.04),
            (w * 0.3, -h * 0.86),
            (w * 0.7, -h * 0.4),
            (w * 0.62, -1),
            (-w * 0.7, -1),
            (-w * 0.96, -h * 0.12),
        ]
    )
    _coated(body, mound, (-w, -h, w * 0.7, 0))
    if not kind.part("wool"):
        _haunch(body, -w * 0.5, h * 0.4, w * 0.42)
    pen.part(ellipse(-w * 0.3, -10, 25, 10), _toe_colour(body))
    for x in (w * 0.1, w * 0.82):
        pen.part(ellipse(x, -10, 22, 10), body.limb)
    _rest_head(body, w * rng.uniform(0.42, 0.52), rng.uniform(4, 14), 0.3)
    pen.anchor("feet", 0, 0, w * 1.9)
    pen.anchor("neck", w * 0.2, -h * 0.34, 62)
    pen.anchor("hand", w * 0.9, -18, 44)


def _haunch(body: Body, x: float, high: float, wide: float) -> None:
    """A folded thigh, softer than the outline; markings show beside it."""
    body.pen.fill(
        ellipse(x, -high, wide, high * 0.98, 10), body.pen.ball(body.limb, 0.2), darker(body.limb, 0.16)
    )


def _flat(body: Body) -> None:
    """On the belly, towards the viewer: the head between the forepaws, the rump behind."""
    pen, kind, rng = body.pen, body.kind, body.rng
    w, h = _size(body)
    w, h, aside = w, h * rng.uniform(0.98, 1.1), rng.choice((-1, 1)) * rng.uniform(8, 26)
    with pen.layer("back"), pen.at(w * 0.6, -14, 0, -1, 1):
        draw_tail(pen, kind, body.coat, rng, "flat")
    mound = smooth(
        [
            (-w * 0.98, -h * 0.3),
            (-w * 0.74, -h * 0.86),
            (aside, -h * 1.12),
            (w * 0.74, -h * 0.86),
            (w * 0.98, -h * 0.3),
            (w * 0.8, -2),
            (0, 0),
            (-w * 0.8, -2),
        ]
    )
    _coated(body, mound, (-w, -h * 1.1, w, 0))
    for side in (-1, 1):
        pen.part(ellipse(side * w * 0.84, -11, 20, 10.5, side * -8), _toe_colour(body))
    _rest_head(body, -aside, rng.uniform(-7, 7), 0.0)
    with pen.layer("front_arm"):
        for side in (-1, 1):
            x = side * 50 * kind.size("head_w") * body.grow - aside
            pen.part(ellipse(x, -9, 19, 9.5, side * -6), _toe_colour(body))
    pen.anchor("feet", 0, 0, w * 2)
    pen.anchor("neck", 0, -h * 0.34, 62)
    pen.anchor("hand", 0, -14, 44)


def _ball(body: Body) -> None:
    """Rolled up: a round body, the head against it, a long tail around the front."""
    pen, kind, coat, rng = body.pen, body.kind, body.coat, body.rng
    w, h = _size(body)
    w, h = w * 0.94, h * 1.12
    wraps = kind.part("tail") in LONG_TAILS
    if not wraps:
        with pen.layer("back"), pen.at(-w * 0.62, -14):
            draw_tail(pen, kind, coat, rng, "flat")
    ball = smooth(
        [
            (-w, -h * 0.42),
            (-w * 0.72, -h * 0.9),
            (0, -h * 1.06),
            (w * 0.72, -h * 0.88),
            (w, -h * 0.4),
            (w * 0.7, -3),
            (0, 0),
            (-w * 0.72, -3),
        ]
    )
    _coated(body, ball, (-w, -h, w, 0))
    if not kind.part("wool"):
        _haunch(body, -w * 0.44, h * 0.38, w * 0.48)
    pen.part(ellipse(-w * 0.16, -9, 23, 9), _toe_colour(body))
    if wraps:
        _wrapped_tail(body, w, h)
    else:
        pen.part(ellipse(w * 0.78, -10, 20, 10), body.limb)
    _rest_head(body, w * rng.uniform(0.3, 0.46), rng.uniform(8, 18), 0.2)
    pen.anchor("feet", 0, 0, w * 1.9)
    pen.anchor("neck", w * 0.1, -h * 0.3, 62)
    pen.anchor("hand", w * 0.8, -16, 44)


def _wrapped_tail(body: Body, w: float, h: float) -> None:
    """From the rump along the ground, under the chin."""
    pen, coat, thick = body.pen, body.coat, 15.0
    line = [(-w * 0.92, -h * 0.36), (-w * 0.8, -12), (-w * 0.2, -8), (w * 0.5, -9), (w * 0.98, -15)]
    tail = tube(line, (thick, thick, thick * 0.95, thick * 0.84, thick * 0.6), 4)
    pen.part(tail, coat.main, 0.2)
    if body.kind.part("tail_mark"):
        with pen.clip(tail):
            for x in (-0.6, -0.3, 0.0, 0.8):
                pen.fill(ellipse(w * x, -10, 4, 13, 8), coat.dark)


def _toe_colour(body: Body) -> str:
    return body.kind.part("hooves") or body.paw
