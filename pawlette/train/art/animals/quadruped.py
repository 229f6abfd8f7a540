"""Mammals on four legs, seen from the side or at an angle, looking to the right: walking, sitting, lying,
bowing to play, leaping.

Knows the barrel, legs and neck; the head comes whole from `head`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from pawlette.train.art.animals.head import TURNS, draw_head
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.limbs import Body, draw_foot
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.marks import draw_body_marks
from pawlette.train.art.animals.pen import Pen, darker
from pawlette.train.art.animals.shapes import Point, Shape, ellipse, fringe, fur, leaf, smooth, tube, turned
from pawlette.train.art.animals.tails import draw_tail
from pawlette.train.art.animals.wings import draw_wings


@dataclass(slots=True)
class Frame:
    """The barrel: its middle, half its length and depth, how far the legs reach, and its pitch (degrees)."""

    body: Body
    y: float
    long: float
    deep: float
    legs: float
    pitch: float
    gait: str

    def at(self, x: float, y: float) -> Point:
        """A place on the barrel, in parts of its half length and depth, where it is in the picture."""
        return turned((x * self.long, y * self.deep), self.pitch, (0.0, self.y))


PITCH = {
    "walk": (-3, 3),
    "stand": (-4, 1),
    "bow": (10, 16),
    "lie": (-3, 1),
    "leap": (-20, -8),
    "paddle": (-8, 0),
}


def draw_quadruped(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    gait = _gait(look, rng)
    if gait == "sit":
        return draw_side_sitter(pen, look, kind, coat, rng)
    frame = _measured(Body(pen, rng, look, kind, coat), gait)
    deep, long = frame.deep, frame.long
    with pen.layer("back"), pen.at(*frame.at(-0.74, -0.3 if gait != "lie" else 0.3)):
        draw_tail(pen, kind, coat, rng, {"lie": "flat", "leap": "streaming"}.get(gait, "standing"))
    with pen.layer("back"):
        _legs(frame, far=True)
        if kind.part("ridge"):
            for k in range(5):
                x, y = frame.at(-0.7 + k * 0.34, -0.7)
                pen.part(leaf(x, y, 24, 24, -8 + frame.pitch, 0.12), coat.accent, 0.18)
    if kind.part("wings"):
        draw_wings(frame.body, -8, frame.y - deep * 0.6, 0.9, (-1,))
    with pen.at(0, frame.y, frame.pitch):
        _barrel(frame.body, long, deep)
    _head_and_neck(frame, frame.at(0.84, -0.62), frame.at(0.58, -0.1))
    _legs(frame, far=False)
    pen.anchor("feet", 0, 0, long * 2.2)
    return pen.sprite()


def _gait(look: Look, rng: Random) -> str:
    if look.pose == "sitting":
        return rng.choice(("sit", "sit", "lie"))
    if look.pose in ("jumping", "flying"):
        return "leap"
    return "paddle" if look.pose == "swimming" else rng.choice(("walk", "walk", "stand", "stand", "bow"))


def _measured(body: Body, gait: str) -> Frame:
    rng, kind, small = body.rng, body.kind, 0.84 if body.look.baby else 1.0
    long = 58 * kind.size("long") * small * rng.uniform(0.9, 1.08)
    long *= 0.88 if body.look.view == "three-quarter" else 1
    deep = 36 * kind.size("bulk") * small * rng.uniform(0.9, 1.08)
    legs = 46 * kind.size("leg") * small * rng.uniform(0.88, 1.1)
    reach = {"lie": deep * 0.13, "bow": legs * 0.74}.get(gait, legs)
    body.grow = 0.84 * (1.16 if body.look.baby else 1.0) * kind.size("head_size") * rng.uniform(0.87, 1.14)
    low, high = PITCH[gait]
    return Frame(body, -reach - deep * 0.74, long, deep, legs, rng.uniform(low, high), gait)


# --- legs ---


def _legs(frame: Frame, far: bool) -> None:
    """One hind leg and one foreleg: the far pair is darker and a step apart from the near one."""
    rng, gait = frame.body.rng, frame.gait
    hip, shoulder = frame.at(-0.6, 0.08), frame.at(0.58, 0.12)
    shift = 0.17 * frame.long if far else 0.0
    hip, shoulder = (hip[0] + shift, hip[1] - 2 * far), (shoulder[0] + shift, shoulder[1] - 2 * far)
    if gait == "lie":
        _lying(frame, hip, shoulder, far)
        return
    reach, phase = frame.legs * 0.36, rng.uniform(0.3, 1.2) * (-1 if far else 1)
    step = {"walk": math.sin(phase) * reach, "bow": 2.0, "stand": rng.uniform(-2, 3)}.get(gait, 0.0)
    hind, fore = (hip[0] - 2 - step, 0.0), (shoulder[0] + step * 0.9, 0.0)
    if gait in ("leap", "paddle"):
        swing = (rng.uniform(0.3, 0.5) if gait == "paddle" else rng.uniform(0.75, 1.0)) * frame.legs
        hind = (hip[0] - swing, hip[1] + frame.deep * 0.5 + frame.legs * rng.uniform(0.5, 0.66))
        fore = (shoulder[0] + swing, shoulder[1] + frame.deep * 0.5 + frame.legs * rng.uniform(0.3, 0.5))
    elif gait == "bow":
        fore = (shoulder[0] + frame.legs * 0.55 + 14, 0.0)
    _leg(frame, hip, hind, far, hind=True)
    _leg(frame, shoulder, fore, far, hind=False)


def _leg(frame: Frame, top: Point, foot: Point, far: bool, hind: bool) -> None:
    """Thigh, shank and foot, tapering; slender where it ends in a hoof."""
    body, pen, deep = frame.body, frame.body.pen, frame.deep
    hoofed, thick = bool(body.kind.part("hooves")), 20 * body.kind.size("leg_w")
    colour = darker(body.limb, 0.14) if far else body.limb
    ankle = (foot[0], foot[1] - 8)
    down = ankle[1] - top[1]
    bend = frame.legs * (0.16 if hind else 0.05) + (1.5 if hoofed else 0)
    knee = (top[0] + (ankle[0] - top[0]) * 0.34 + bend * (0.7 if hind else 0.5), top[1] + down * 0.44)
    hock = (top[0] + (ankle[0] - top[0]) * 0.78 - bend * (0.9 if hind else 0.2), top[1] + down * 0.74)
    wide = min(deep * 1.0, thick * 1.9) if hind else thick * 1.36
    thin = 0.64 if hoofed else 0.84
    leg = tube([top, knee, hock, ankle], (wide, (wide + thick) * 0.48, thick * (thin + 0.06), thick * thin))
    pen.part(leg, colour, 0.18, 0.18)
    if not far and not body.kind.part("body_marks"):
        pen.fill(
            ellipse(top[0] + (3 if hind else -3), top[1], wide * 0.62, wide * 0.6), pen.glow(body.limb, 0.95)
        )
    _leg_marks(frame, leg, foot, thick, far)
    with pen.at(*foot):
        _paw(frame, thick, far)


def _paw(frame: Frame, thick: float, far: bool) -> None:
    body = frame.body
    before = body.paw
    body.paw = darker(before, 0.14) if far else before
    draw_foot(body, 2, thick * (0.62 if body.kind.part("hooves") else 0.56), 0.3)
    body.paw = before


def _leg_marks(frame: Frame, leg: Shape, foot: Point, thick: float, far: bool) -> None:
    """Socks and stripes."""
    body, pen = frame.body, frame.body.pen
    socks = body.paw != body.limb and not body.kind.part("hooves")
    stripes = body.kind.part("body_marks") in ("stripes", "zebra") and not far
    if not socks and not stripes:
        return
    with pen.clip(leg):
        if socks:
            pen.fill(
                ellipse(foot[0], foot[1] - 2, thick, frame.legs * 0.5),
                darker(body.paw, 0.14) if far else body.paw,
            )
        for k in range(3 if stripes else 0):
            pen.fill(
                ellipse(
                    foot[0] - thick * 0.4, foot[1] - frame.legs * (0.32 + 0.24 * k), thick * 0.62, 3.2, 8
                ),
                body.coat.dark,
            )


def _lying(frame: Frame, hip: Point, shoulder: Point, far: bool) -> None:
    """Forelegs stretched along the ground, hind legs folded."""
    body, pen, thick = frame.body, frame.body.pen, 18 * frame.body.kind.size("leg_w") ** 0.5
    colour = darker(body.limb, 0.14) if far else body.limb
    end = shoulder[0] + frame.long * 0.66
    leg = tube(
        [
            (shoulder[0] - 6, -thick * 0.9),
            (shoulder[0] + frame.long * 0.3, -thick * 0.62),
            (end - 6, -thick * 0.5),
        ],
        (thick * 1.2, thick, thick * 0.86),
    )
    pen.part(leg, colour, 0.18, 0.2)
    with pen.at(end, 0):
        _paw(frame, thick, far)
    if not far:
        _thigh(body, hip[0] + 4, -frame.deep * 0.62, frame.deep * 0.76, frame.deep * 0.62)
        with pen.at(hip[0] + frame.deep * 0.6, 0):
            _paw(frame, thick * 1.1, far)


def _thigh(body: Body, x: float, y: float, rx: float, ry: float) -> None:
    """A folded hind leg against the body, with the coat's markings."""
    pen, shape = body.pen, ellipse(x, y, rx, ry, 10)
    pen.fill(shape, pen.ball(body.limb, 0.2), darker(body.limb, 0.17))
    if body.kind.part("body_marks") in ("stripes", "zebra", "spots", "blots"):
        with pen.clip(shape):
            draw_body_marks(
                pen, body.kind.part("body_marks"), (x - rx, y - ry, x + rx, y + ry), body.coat.dark, body.rng
            )


# --- barrel, neck, head ---


def _barrel(body: Body, long: float, deep: float) -> None:
    """About the pen's origin: a deep chest in front, a rounded rump, the belly a little drawn up."""
    pen, coat, kind = body.pen, body.coat, body.kind
    tuck, sway = body.rng.uniform(0.72, 0.9), body.rng.uniform(0.78, 0.92)
    shape: Shape = smooth(
        [
            (-long * 1.02, -deep * 0.14),
            (-long * 0.78, -deep * 0.8),
            (-long * 0.1, -deep * sway),
            (long * 0.66, -deep * 0.94),
            (long * 1.04, -deep * 0.3),
            (long * 0.9, deep * 0.5),
            (long * 0.5, deep * 0.92),
            (-long * 0.2, deep * tuck),
            (-long * 0.72, deep * 0.74),
            (-long * 0.98, deep * 0.36),
        ]
    )
    if kind.part("wool"):
        shape = fringe(shape, 17, 11)
    elif kind.part("spiky"):
        back = smooth(
            [
                (-long * 1.1, deep * 0.4),
                (-long * 0.9, -deep * 0.9),
                (0, -deep * 1.2),
                (long * 0.9, -deep * 0.9),
                (long * 0.8, deep * 0.5),
                (0, deep * 0.7),
            ]
        )
        pen.part(fringe(back, 28, 11), coat.dark)
        return
    elif body.look.fluffy:
        shape = fur(shape, 30, 5.5)
    pen.part(shape, coat.main)
    with pen.clip(shape):
        if kind.part("belly"):
            pen.fill(ellipse(long * 0.16, deep * 1.0, long * 0.86, deep * 0.44), coat.light)
        draw_body_marks(pen, kind.part("body_marks"), (-long, -deep, long, deep), coat.dark, body.rng)
        pen.light(-long * 0.1, -deep * 0.1, long, deep, coat.main)
        pen.fill(
            ellipse(long * 0.84, -deep * 0.5, long * 0.5, deep * 0.8), pen.glow(darker(coat.main, 0.6), 0.3)
        )


def _head_and_neck(frame: Frame, front: Point, root: Point) -> None:
    """The head before and above the chest, on a neck where the species has one."""
    body, pen, kind, rng = frame.body, frame.body.pen, frame.body.kind, frame.body.rng
    small = 0.84 if body.look.baby else 1.0
    neck = 54 * kind.size("neck", 0.0) * small * rng.uniform(0.9, 1.1)
    ahead = rng.uniform(0.12, 0.34) + (0.25 if frame.gait == "leap" else 0)
    hx, hy = front[0] + neck * ahead, front[1] - neck - (52 * (body.grow - 0.45)) * kind.size("head_h")
    if neck:
        _neck(body, root, (hx - 3, hy + 14), frame.deep)
    tilt = rng.uniform(-8, 8) + (-6 if frame.gait == "leap" else 0)
    pen.tilt = tilt * body.look.facing
    with pen.layer("head"), pen.at(hx, hy, tilt, body.grow):
        draw_head(pen, body.look, kind, body.coat, rng, TURNS[body.look.view] or 0.35)
    below = 52 * kind.size("head_h") * body.grow
    pen.anchor("neck", hx - 8, min(hy + below * 0.92, frame.y), 44 if neck else max(frame.deep * 1.5, 48))
    pen.anchor("hand", hx + 6, hy + below + 20, 44)


def _neck(body: Body, start: Point, end: Point, deep: float) -> None:
    pen, coat, kind = body.pen, body.coat, body.kind
    w = 25 * kind.size("neck_w")
    middle = ((start[0] + end[0]) / 2 + 3, (start[1] + end[1]) / 2)
    if kind.part("neck_mane"):
        colour = coat.dark if kind.part("neck_mane") == "dark" else coat.accent
        ridge = tube(
            [
                (start[0] - w * 0.8, start[1] - deep * 0.7),
                (middle[0] - w * 0.72, middle[1]),
                (end[0] - w * 0.6, end[1]),
            ],
            (8, 13, 13),
        )
        pen.part(fringe(ridge, 16, 4), colour)
    neck = tube([start, middle, end], (w * 2.1, w * 1.5, w * 1.2))
    pen.part(neck, coat.main)
    with pen.clip(neck):
        top, bottom = end[1], start[1] + deep * 0.5
        name = kind.part("body_marks")
        if name in ("blots", "zebra", "spots"):
            draw_body_marks(
                pen,
                name if name != "zebra" else "stripes",
                (min(start[0], end[0]) - w, top, end[0] + w, bottom),
                coat.dark,
                body.rng,
                belly=name == "zebra",
            )
        pen.fill(ellipse(start[0], start[1] + deep * 0.2, w * 1.5, deep), pen.glow(coat.main, 0.9))
    pen.fill(ellipse(start[0] - 8, start[1] + w * 0.8, w * 0.95, w * 0.7), pen.glow(coat.main, 1.0))


# --- sitting in profile ---


def draw_side_sitter(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    """On the haunches, the forelegs straight, as dogs and cats sit."""
    frame = _measured(Body(pen, rng, look, kind, coat), "stand")
    body, long = frame.body, frame.deep * 1.25 * rng.uniform(0.94, 1.08)
    tall = (74 + frame.legs * 0.25) * (0.84 if look.baby else 1) * rng.uniform(0.94, 1.06)
    with pen.layer("back"), pen.at(-long * 0.66, -13):
        draw_tail(pen, kind, coat, rng, "low")
    with pen.layer("back"):
        _straight(frame, long * 0.86, tall, far=True)
    torso = smooth(
        [
            (-long * 0.96, -tall * 0.2),
            (-long * 0.74, -tall * 0.6),
            (-long * 0.06, -tall * 0.98),
            (long * 0.6, -tall * 1.0),
            (long * 0.86, -tall * 0.66),
            (long * 0.66, -tall * 0.28),
            (long * 0.3, -3),
            (-long * 0.5, -1),
            (-long * 0.86, -5),
        ]
    )
    if kind.part("spiky"):
        pen.part(fringe(torso, 26, 10), coat.dark)
    elif kind.part("wool"):
        torso = fringe(torso, 16, 9)
    elif look.fluffy:
        torso = fur(torso, 28, 5)
    if not kind.part("spiky"):
        pen.part(torso, coat.main)
    with pen.clip(torso):
        box = (-long, -tall, long, 0.0)
        if not kind.part("spiky"):
            draw_body_marks(pen, kind.part("body_marks"), box, coat.dark, rng)
        if kind.part("belly"):
            pen.fill(ellipse(long * 0.84, -tall * 0.58, long * 0.42, tall * 0.34, 12), coat.light)
        pen.light(0, -tall * 0.5, long, tall * 0.5, coat.main)
        pen.fill(ellipse(long * 0.5, -tall * 0.98, long * 0.8, 24), pen.glow(darker(coat.main, 0.6), 0.32))
    frame.y = -tall * 0.5
    _head_and_neck(frame, (long * 0.5, -tall * 0.9), (long * 0.2, -tall * 0.66))
    _straight(frame, long * 0.6, tall, far=False)
    _thigh(body, -long * 0.34, -tall * 0.3, long * 0.56, tall * 0.3)
    with pen.at(long * 0.08, 0):
        _paw(frame, 22 * kind.size("leg_w") ** 0.5 * kind.size("foot"), far=False)
    pen.anchor("feet", 0, 0, long * 2.2)
    return pen.sprite()


def _straight(frame: Frame, x: float, tall: float, far: bool) -> None:
    """A foreleg that bears the chest."""
    body, pen = frame.body, frame.body.pen
    thick = 18 * body.kind.size("leg_w") ** 0.5
    colour = darker(body.limb, 0.14) if far else body.limb
    leg = tube([(x, -tall * 0.6), (x + 4, -tall * 0.32), (x + 3, -8)], (thick * 1.3, thick, thick * 0.82))
    pen.part(leg, colour, 0.18, 0.18)
    if not far and not body.kind.part("body_marks"):
        pen.fill(ellipse(x, -tall * 0.62, thick * 1.1, thick), pen.glow(body.limb, 0.85))
    _leg_marks(frame, leg, (x + 3, 0), thick, far)
    with pen.at(x + 3, 0):
        _paw(frame, thick, far)
