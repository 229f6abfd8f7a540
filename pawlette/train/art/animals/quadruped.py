"""Mammals on four legs, seen from the side or at an angle, looking to the right.

Knows the barrel, legs and neck; the head comes whole from `head`.
"""

from __future__ import annotations

from random import Random

from pawlette.train.art.animals.head import TURNS, draw_head
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.marks import draw_body_marks
from pawlette.train.art.animals.pen import Pen, darker
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, leaf, smooth, tube
from pawlette.train.art.animals.sitter import Body, draw_wings
from pawlette.train.art.animals.tails import draw_tail


def draw_quadruped(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    body = Body(pen, rng, look, kind, coat)
    small = 0.84 if look.baby else 1.0
    long = 58 * kind.size("long") * small * rng.uniform(0.95, 1.06)  # half the barrel
    deep = 36 * kind.size("bulk") * small * rng.uniform(0.95, 1.05)
    legs = 44 * kind.size("leg") * small * rng.uniform(0.93, 1.05)
    y = -legs - deep * 0.72
    gait = 13.0 if look.pose == "jumping" else rng.choice((0.0, 0.0, 5.0))
    with pen.layer("back"), pen.at(-long * 0.62, y - deep * 0.1):
        draw_tail(pen, kind, coat, rng, deep * 0.5, False)
    with pen.layer("back"):
        for x, swing in ((-long * 0.46, gait), (long * 0.74, -gait * 0.7)):
            _leg(body, x, y, deep, legs, swing, far=True)
    for x, swing in ((-long * 0.72, -gait), (long * 0.5, gait)):
        _leg(body, x, y, deep, legs, swing, far=False)
    if kind.part("wings"):
        draw_wings(body, -8, y - deep * 0.6, 0.9, (-1,))
    if kind.part("ridge"):
        with pen.layer("back"):
            for k in range(5):
                pen.part(leaf(-long * 0.7 + k * long * 0.34, y - deep * 0.7, 24, 24, -8, 0.12), coat.accent,
                    0.18)
    _barrel(body, long, deep, y)
    turn = TURNS[look.view] or 0.35
    grow = 0.84 * (1.16 if look.baby else 1.0) * kind.size("head_size") * rng.uniform(0.97, 1.04)
    neck = 54 * kind.size("neck", 0.0) * small * rng.uniform(0.94, 1.06)
    hx, hy = long * 0.82 + neck * 0.2, y - deep * 0.62 - neck - 20 * kind.size("head_h") * grow
    if neck:
        _neck(body, (long * 0.6, y - deep * 0.1), (hx - 3, hy + 14), deep)
    pen.tilt = rng.uniform(-5, 7)
    with pen.layer("head"), pen.at(hx, hy, pen.tilt, grow):
        draw_head(pen, look, kind, coat, rng, turn)
    below = 52 * kind.size("head_h") * grow
    pen.anchor("neck", hx - 8, min(hy + below * 0.92, y), max(deep * 1.5, 48) if not neck else 44)
    pen.anchor("feet", 0, 0, long * 2.2)
    pen.anchor("hand", hx + 6, hy + below + 20, 44)
    return pen.sprite()


def _leg(body: Body, x: float, y: float, deep: float, legs: float, swing: float, far: bool) -> None:
    pen, kind, thick = body.pen, body.kind, 21 * body.kind.size("leg_w")
    colour = darker(body.limb, 0.14) if far else body.limb
    foot = x + swing
    leg = tube([(x, y + deep * 0.2), ((x + foot) / 2, y + deep * 0.7), (foot, -9)],
        (thick * 1.12, thick, thick * 0.92))
    pen.part(leg, colour, 0.16)
    paw = kind.part("hooves") or body.paw
    if kind.part("hooves") or paw != body.limb:
        with pen.clip(leg):
            pen.fill(ellipse(foot, -2, thick, 13 if kind.part("hooves") else legs * 0.5),
                darker(paw, 0.14) if far else paw)
    elif kind.part("nails") and not far:
        for k in (-1, 0, 1):
            pen.fill(ellipse(foot + k * thick * 0.28, -3.5, 3.3, 3.5), "#fff4f0")
    if kind.part("body_marks") in ("stripes", "zebra") and not far:
        with pen.clip(leg):
            for k in range(3):
                pen.fill(ellipse(foot - thick * 0.4, -legs * (0.32 + 0.24 * k), thick * 0.62, 3.2, 8),
                    body.coat.dark)


def _barrel(body: Body, long: float, deep: float, y: float) -> None:
    pen, coat, kind = body.pen, body.coat, body.kind
    shape: Shape = smooth([(-long, y - deep * 0.1), (-long * 0.72, y - deep * 0.84), (0, y - deep * 0.9),
        (long * 0.7, y - deep * 0.92), (long * 1.02, y - deep * 0.2), (long * 0.82, y + deep * 0.74), (0,
        y + deep * 0.92), (-long * 0.8, y + deep * 0.76)])
    if kind.part("wool"):
        shape = fringe(shape, 17, 11)
    elif kind.part("behind") == "spikes":
        back = smooth([(-long * 1.1, y + deep * 0.4), (-long * 0.9, y - deep * 0.9), (0, y - deep * 1.2),
            (long * 0.9, y - deep * 0.9), (long * 0.8, y + deep * 0.5), (0, y + deep * 0.7)])
        pen.part(fringe(back, 28, 11), coat.dark)
        return
    elif body.look.fluffy:
        shape = fur(shape, 30, 5.5)
    pen.part(shape, coat.main)
    with pen.clip(shape):
        if kind.part("belly"):
            pen.fill(ellipse(long * 0.1, y + deep * 0.98, long * 0.9, deep * 0.5), coat.light)
        draw_body_marks(pen, kind.part("body_marks"), (-long, y - deep, long, y + deep), coat.dark, body.rng)
        pen.fill(ellipse(long * 0.84, y - deep * 0.5, long * 0.5, deep * 0.8),
            pen.glow(darker(coat.main, 0.6), 0.3))


def _neck(body: Body, start: tuple[float, float], end: tuple[float, float], deep: float) -> None:
    pen, coat, kind = body.pen, body.coat, body.kind
    w = 25 * kind.size("neck_w")
    middle = ((start[0] + end[0]) / 2 + 3, (start[1] + end[1]) / 2)
    if kind.part("neck_mane"):
        colour = coat.dark if kind.part("neck_mane") == "dark" else coat.accent
        ridge = tube([(start[0] - w * 0.8, start[1] - deep * 0.7), (middle[0] - w * 0.72, middle[1]),
            (end[0] - w * 0.6, end[1])], (8, 13, 13))
        pen.part(fringe(ridge, 16, 4), colour)
    neck = tube([start, middle, end], (w * 2.1, w * 1.5, w * 1.2))
    pen.part(neck, coat.main)
    with pen.clip(neck):
        top, bottom = end[1], start[1] + deep * 0.5
        name = kind.part("body_marks")
        if name in ("blots", "zebra", "spots"):
            draw_body_marks(pen, name if name != "zebra" else "stripes",
                (min(start[0], end[0]) - w, top, end[0] + w,
                bottom), coat.dark, body.rng, belly=name == "zebra")
        pen.fill(ellipse(start[0], start[1] + deep * 0.2, w * 1.5, deep), pen.glow(coat.main, 0.9))
