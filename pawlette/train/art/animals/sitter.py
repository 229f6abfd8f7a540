"""Mammals that face the viewer: sitting, standing on two feet, waving, leaping, asleep.

Knows bodies, limbs and tails; the head comes whole from `head`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pawlette.train.art.animals.head import TURNS, draw_head
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.marks import draw_body_marks
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, mirrored, smooth, tube
from pawlette.train.art.animals.tails import draw_tail


@dataclass(slots=True)
class Body:
    """One body in the making; its feet are at y = 0."""

    pen: Pen
    rng: Random
    look: Look
    kind: Species
    coat: Coat
    wide: float = 40.0  # half its width
    tall: float = 92.0
    base: float = 0.0  # where the body ends below
    limb: str = ""
    paw: str = ""

    def __post_init__(self) -> None:
        self.limb = self.coat.dark if "limbs" in self.kind.part("dark_parts") else self.coat.main
        self.paw = self.coat.dark if "paws" in self.kind.part("dark_parts") else self.limb


def draw_sitter(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    if look.pose == "sleeping":
        return draw_sleeper(pen, look, kind, coat, rng)
    sitting = look.pose == "sitting" or (look.pose == "waving" and rng.random() < 0.6)
    baby = look.baby
    body = Body(pen, rng, look, kind, coat)
    body.wide *= kind.size("bulk") * rng.uniform(0.95, 1.06) * (0.9 if baby else 1)
    body.tall *= rng.uniform(0.95, 1.05) * (0.8 if baby else 1)
    body.base = 2 if sitting else 22 * kind.size("legs") * (0.75 if baby else 1)
    turn = TURNS[look.view] * 0.8
    if kind.part("wings"):
        draw_wings(body, 0, -body.base - body.tall * 0.7, 1.0)
    with pen.layer("back"), pen.at(0, -body.base):
        draw_tail(pen, kind, coat, rng, body.wide, sitting)
    _trunk_and_legs(body, sitting)
    head_y = -body.base - body.tall - 52 * kind.size("head_h") * 0.62
    pen.tilt = rng.uniform(-6, 6) + (3 if turn else 0)
    grow = (1.12 if baby else 1.0) * kind.size("head_size") * rng.uniform(0.97, 1.03)
    with pen.layer("head"), pen.at(turn * 6, head_y, pen.tilt, grow):
        draw_head(pen, look, kind, coat, rng, turn)
    _arms(body)
    pen.anchor("neck", turn * 3, -body.base - body.tall + 5, body.wide * 1.62)
    pen.anchor("feet", 0, 0, body.wide * 2.2)
    return pen.sprite()


def _torso(body: Body) -> Shape:
    w, t, b = body.wide, body.tall, body.base
    half = [(0, -b - t), (w * 0.62, -b - t * 0.96), (w * 0.86, -b - t * 0.62), (w, -b - t * 0.26),
        (w * 0.74, -b - 1), (0, -b)]
    return mirrored(half)


def _trunk_and_legs(body: Body, sitting: bool) -> None:
    pen, coat, kind = body.pen, body.coat, body.kind
    if not sitting:
        _standing_legs(body)
    torso = _torso(body)
    if kind.part("wool"):
        torso = fringe(torso, 16, 9)
    elif body.look.fluffy:
        torso = fur(torso, 30, 4.5)
    pen.part(torso, coat.main)
    w, t, b = body.wide, body.tall, body.base
    with pen.clip(torso):
        draw_body_marks(pen, kind.part("body_marks"), (-w, -b - t, w, -b), coat.dark, body.rng, belly=True)
        if kind.part("belly"):
            pen.fill(ellipse(0, -b - t * 0.33, w * 0.66, t * 0.4), pen.ball(coat.light, 0.1))
        if kind.part("plates"):
            for k in range(4):
                y = -b - t * (0.13 + 0.16 * k)
                pen.line(smooth([(-w * 0.6, y - 3), (0, y + 3), (w * 0.6, y - 3)], closed=False),
                    darker(coat.light, 0.22), 2)
        pen.fill(ellipse(0, -b - t * 0.98, w * 0.9, 20), pen.glow(darker(coat.main, 0.6), 0.4))
    if kind.part("pouch"):
        pen.fill(smooth([(-18, -b - t * 0.36), (0, -b - t * 0.29), (18, -b - t * 0.36), (15, -b - t * 0.1),
            (0, -b - t * 0.04), (-15, -b - t * 0.1)]), lighter(coat.light, 0.25), darker(coat.main, 0.25))
    if sitting:
        _sitting_feet(body)


def draw_wings(body: Body, x: float, y: float, size: float, sides: tuple[int, ...] = (-1, 1)) -> None:
    """A dragon's wings, behind the back."""
    spread = 1.25 if body.look.pose in ("flying", "jumping") else body.rng.uniform(0.9, 1.05)
    for side in sides:
        with body.pen.layer("back"), body.pen.at(x + side * 22 * size, y, body.rng.uniform(-6, 6),
            side * spread * size, size):
            wing = smooth([(0, 10), (22, -32), (56, -50), (66, -26), (78, -8), (60, -4), (54, 16), (38, 8),
                (24, 24)], tension=0.7)
            body.pen.part(wing, body.coat.accent)
            body.pen.line(smooth([(2, 6), (26, -18), (56, -46)], closed=False),
                darker(body.coat.accent, 0.22), 2.6)


def _sitting_feet(body: Body) -> None:
    """Two soles towards the viewer."""
    pen, w = body.pen, body.wide
    spread, size = w * body.rng.uniform(0.66, 0.76), 17.5 * body.kind.size("foot")
    for side in (-1, 1):
        x = side * spread
        pen.part(ellipse(x, -size * 0.92, size, size * 0.94, side * 12), body.paw)
        if body.kind.part("hooves"):
            pen.fill(ellipse(x, -size * 0.8, size * 0.72, size * 0.62),
                pen.ball(body.kind.part("hooves"), 0.2))
        elif body.kind.part("nails"):
            for k in (-1, 0, 1):
                pen.fill(ellipse(x + k * size * 0.5, -size * 0.3, 4, 4.6), "#fff4f0")
        else:
            pad = lighter(body.coat.inner,
                0.1) if not body.coat.is_dark and body.paw == body.coat.main else lighter(body.paw, 0.3)
            pen.fill(ellipse(x, -size * 0.72, size * 0.44, size * 0.36), pad)
            for k in (-1, 0, 1):
                pen.fill(ellipse(x + k * size * 0.42, -size * (1.34 - abs(k) * 0.1), size * 0.15,
                    size * 0.16), pad)


def _standing_legs(body: Body) -> None:
    pen, w, b = body.pen, body.wide, body.base
    leap = body.look.pose in ("jumping", "flying", "swimming")
    for side in (-1, 1):
        hip = (side * w * 0.42, -b - 12)
        foot = (side * w * (0.86 if leap else 0.46), -12.0 - (6 if leap and side > 0 else 0))
        pen.part(tube([hip, ((hip[0] + foot[0]) / 2, (hip[1] + foot[1]) / 2), foot],
            (w * 0.66, w * 0.6, w * 0.5)), body.limb)
        pen.part(ellipse(foot[0] + side * 2, foot[1] + 4, w * 0.36 * body.kind.size("foot"), 9),
            body.kind.part("hooves") or body.paw)


def _arms(body: Body) -> None:
    """The far arm lies on the body; the near one in front of what is held."""
    pen, rng, w, top = body.pen, body.rng, body.wide, -body.base - body.tall
    t, thick = body.tall, 19 * body.kind.size("arm")
    raised = {"waving": rng.choice((-1, 1)), "jumping": 0, "swimming": 0, "flying": 0}.get(body.look.pose, 2)
    inward = rng.uniform(0.44, 0.6)
    for side in (-1, 1):
        start = (side * w * 0.7, top + 20)
        if raised in (0, side):
            reach = rng.uniform(0.95, 1.15)
            points = [start, (side * (w * 0.8 + 22), top + 22), (side * 80 * reach, top - rng.uniform(0, 14))]
        else:
            points = [start, (side * w * 0.98, top + t * 0.42),
                (side * w * inward, top + t * rng.uniform(0.52, 0.6))]
        with pen.layer("front_arm"):
            arm = tube(points, (thick * 0.86, thick, thick * 0.94))
            pen.part(arm, body.limb, 0.2)
            _hand(body, points[-1], thick)
    pen.anchor("hand", 0, top + t * 0.5, w * 1.9)


def _hand(body: Body, at: tuple[float, float], thick: float) -> None:
    pen, colour = body.pen, body.kind.part("hooves") or (body.paw if body.paw != body.limb else "")
    if colour:
        pen.part(ellipse(at[0], at[1], thick * 0.5, thick * 0.48), colour, 0.2)


def draw_sleeper(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """Curled up, the head on the forepaws."""
    body = Body(pen, rng, look, kind, coat)
    scale = 0.88 if look.baby else 1.0
    w, h = 76 * kind.size("bulk") ** 0.5 * scale * rng.uniform(0.95, 1.05), 78 * scale
    with pen.layer("back"), pen.at(-w * 0.62, -6):
        draw_tail(pen, kind, coat, rng, 34, True)
    mound = smooth([(-w, -h * 0.34), (-w * 0.82, -h * 0.8), (-w * 0.3, -h * 1.04), (w * 0.3, -h * 0.86),
        (w * 0.7, -h * 0.4), (w * 0.62, -1), (-w * 0.7, -1)])
    if kind.part("wool"):
        mound = fringe(mound, 15, 9)
    elif look.fluffy:
        mound = fur(mound, 30, 5.5)
    pen.part(mound, coat.main)
    with pen.clip(mound):
        draw_body_marks(pen, kind.part("body_marks"), (-w, -h, w * 0.7, 0), coat.dark, rng)
    pen.part(ellipse(-w * 0.5, -13, 27, 12.5), body.paw)
    for x in (w * 0.18, w * 0.78):
        pen.part(ellipse(x, -10, 20, 10), body.limb)
    pen.tilt = rng.uniform(5, 13)
    size = (1.02 if look.baby else 0.92) * kind.size("head_size")
    lift = 52 * kind.size("head_h") * size * kind.size("sleep_lift", 0.94)
    with pen.layer("head"), pen.at(w * 0.48, -lift, pen.tilt, size):
        draw_head(pen, look, kind, coat, rng, 0.3, asleep=True)
    pen.anchor("feet", 0, 0, w * 1.9)
    pen.anchor("neck", w * 0.2, -h * 0.34, 62)
    pen.anchor("hand", w * 0.9, -18, 44)
    return pen.sprite()
