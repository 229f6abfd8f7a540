"""Mammals that face the viewer: sitting in five ways, standing on two feet, waving, leaping, holding.

Knows torsos and how poses are put together; limbs, tails and the head come whole from their own files.
"""

from __future__ import annotations

from random import Random

from pawlette.train.art.animals.head import TURNS, draw_head
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.limbs import (
    Body,
    draw_arms,
    draw_four_legs,
    draw_haunches,
    draw_soles,
    draw_standing_legs,
    draw_stretched_legs,
)
from pawlette.train.art.animals.look import Look, Sprite
from pawlette.train.art.animals.marks import draw_body_marks
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, mirrored, smooth
from pawlette.train.art.animals.sleeper import draw_sleeper
from pawlette.train.art.animals.tails import draw_tail
from pawlette.train.art.animals.wings import draw_wings

SITS = ("soles", "legs out", "side lean", "begging", "forelegs")
ARMS_OF = {
    "soles": ("belly", "knees", "sides"), "legs out": ("between", "knees", "belly", "ground"),
    "side lean": ("ground",), "begging": ("begging",), "forelegs": ("forelegs",),
    "stand": ("sides", "hips", "belly", "behind"), "leap": ("up",), "four": ("none",),
}  # fmt: skip
"""What the arms may do in each stance."""


def draw_sitter(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random) -> Sprite:
    if look.pose == "sleeping":
        return draw_sleeper(pen, look, kind, coat, rng)
    stance = _stance(look, kind, rng)
    body = _measured(Body(pen, rng, look, kind, coat), stance)
    arms = {"waving": "waving", "holding": "holding"}.get(look.pose, rng.choice(ARMS_OF[stance]))
    with pen.layer("back"), pen.at(-body.tail_side * body.wide * 0.5, -body.base - 12, 0, body.tail_side, 1):
        draw_tail(pen, kind, coat, rng, "low")
    if stance in ("stand", "leap"):
        (draw_standing_legs if stance == "stand" else draw_stretched_legs)(body)
    elif stance in ("begging", "forelegs"):
        draw_haunches(body)
    elif stance == "four":
        draw_four_legs(body)
    with pen.at(0, -body.base, body.lean):
        if kind.part("wings"):
            draw_wings(body, 0, -body.tall * 0.7, 1.0)
        _draw_torso(body)
    if stance in ("soles", "legs out", "side lean"):
        draw_soles(body, stance)
    with pen.at(0, -body.base, body.lean):
        _head(body)
        draw_arms(body, arms)
    pen.anchor("feet", 0, 0, body.wide * 2.2)
    return pen.sprite()


def _stance(look: Look, kind: Species, rng: Random) -> str:
    if look.pose in ("jumping", "swimming", "flying"):
        return "leap"
    if look.pose == "standing" and rng.random() < _four_legged(kind):
        return "four"
    if look.pose == "standing" or (look.pose in ("waving", "holding") and rng.random() < 0.45):
        return "stand"
    ways = ("soles", "legs out", "side lean", "begging") if kind.part("upright") else SITS
    if look.pose != "sitting":  # the arms are busy
        ways = ("soles", "legs out", "soles", "begging")
    return rng.choice(ways)


def _four_legged(kind: Species) -> float:
    """How often it stands on all fours when it faces the viewer."""
    if kind.part("upright"):
        return 0.0
    return 0.65 if kind.part("hooves") or kind.part("nails") else 0.3


def _measured(body: Body, stance: str) -> Body:
    """The body's sizes: by species and age, and by chance within what looks right."""
    rng, kind, baby = body.rng, body.kind, body.look.baby
    slim = {"begging": 0.94, "stand": 0.94, "forelegs": 0.9, "four": 0.98}.get(stance, 1.0)
    body.wide *= kind.size("bulk") * rng.uniform(0.9, 1.1) * slim * (0.9 if baby else 1)
    body.tall *= rng.uniform(0.92, 1.08) * (0.8 if baby else 1) * (1.08 if stance == "begging" else 1)
    standing = stance in ("stand", "leap", "four")
    body.base = rng.uniform(21, 30) * kind.size("legs") * (0.75 if baby else 1) if standing else 2
    if stance == "four":
        body.tall *= 0.7
        body.base = (18 + 20 * kind.size("leg")) * rng.uniform(0.92, 1.1) * (0.8 if baby else 1)
    body.lean = rng.uniform(7, 12) if stance == "side lean" else rng.uniform(-4, 4)
    body.turn = TURNS[body.look.view] * 0.8
    body.grow = (1.12 if baby else 1.0) * kind.size("head_size") * rng.uniform(0.87, 1.13)
    body.tail_side = 1 if stance == "side lean" else rng.choice((-1, 1))
    return body


def _head(body: Body) -> None:
    """Its chin hangs a little over the chest, however large it is."""
    pen, rng = body.pen, body.rng
    tilt = rng.uniform(-8, 8) - body.lean * 0.5
    y = -body.tall - 52 * body.kind.size("head_h") * (body.grow - 0.38)
    pen.tilt = (tilt + body.lean) * body.look.facing
    with pen.layer("head"), pen.at(body.turn * 6, y, tilt, body.grow):
        draw_head(pen, body.look, body.kind, body.coat, rng, body.turn)
    pen.anchor("neck", body.turn * 3, -body.tall + 5, body.wide * 1.62)


def _torso(body: Body) -> Shape:
    w, t, rng = body.wide, body.tall, body.rng
    chest, hip = rng.uniform(0.8, 0.92), rng.uniform(0.95, 1.06)
    if t < w * 1.9 and body.base > 12:  # the chest of one on all fours
        return mirrored(
            [
                (0, -t),
                (w * 0.6, -t * 0.96),
                (w * 0.94, -t * 0.6),
                (w * 0.92, -t * 0.16),
                (w * 0.56, t * 0.1),
                (0, t * 0.14),
            ]
        )
    half = [
        (0, -t),
        (w * 0.6, -t * 0.96),
        (w * chest, -t * 0.62),
        (w * hip, -t * 0.26),
        (w * 0.74, -1),
        (0, 0),
    ]
    return mirrored(half)


def _draw_torso(body: Body) -> None:
    pen, coat, kind, w, t = body.pen, body.coat, body.kind, body.wide, body.tall
    if kind.part("spiky"):
        with pen.layer("back"):
            pen.part(fringe(ellipse(0, -t * 0.62, w * 1.28, t * 0.46), 24, 11), coat.dark)
    torso = _torso(body)
    if kind.part("wool"):
        torso = fringe(torso, 16, 9)
    elif body.look.fluffy:
        torso = fur(torso, 30, 4.5)
    pen.part(torso, coat.main)
    with pen.clip(torso):
        draw_body_marks(pen, kind.part("body_marks"), (-w, -t, w, 0), coat.dark, body.rng, belly=True)
        if kind.part("belly"):
            pen.fill(ellipse(body.turn * 8, -t * 0.33, w * 0.66, t * 0.4), pen.ball(coat.light, 0.1))
        if kind.part("plates"):
            for k in range(4):
                y = -t * (0.13 + 0.16 * k)
                pen.line(
                    smooth([(-w * 0.6, y - 3), (0, y + 3), (w * 0.6, y - 3)], closed=False),
                    darker(coat.light, 0.22),
                    2,
                )
        pen.light(0, -t * 0.46, w, t * 0.5, coat.main)
        pen.fill(ellipse(0, -t * 0.98, w * 0.9, 22), pen.glow(darker(coat.main, 0.6), 0.4))
    if kind.part("pouch"):
        pen.fill(
            smooth(
                [
                    (-18, -t * 0.36),
                    (0, -t * 0.29),
                    (18, -t * 0.36),
                    (15, -t * 0.1),
                    (0, -t * 0.04),
                    (-15, -t * 0.1),
                ]
            ),
            lighter(coat.light, 0.25),
            darker(coat.main, 0.25),
        )
