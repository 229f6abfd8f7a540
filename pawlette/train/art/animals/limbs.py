"""Arms and legs of mammals that face the viewer, by what they do: resting, waving, holding, sitting, leaping.

Knows the torso's sizes; not the head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Point, Shape, ellipse, smooth, tube


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
    base: float = 0.0  # where the torso ends below
    lean: float = 0.0  # degrees
    turn: float = 0.0
    grow: float = 1.0  # of the head
    tail_side: int = 1  # 1 is the left
    limb: str = ""
    paw: str = ""

    def __post_init__(self) -> None:
        self.limb = self.coat.dark if "limbs" in self.kind.part("dark_parts") else self.coat.main
        self.paw = self.coat.dark if "paws" in self.kind.part("dark_parts") else self.limb

    @property
    def pad(self) -> str:
        """The colour of palms and soles."""
        same = not self.coat.is_dark and self.paw == self.coat.main
        return lighter(self.coat.inner, 0.1) if same else lighter(self.paw, 0.3)


# --- arms: about the hip, the torso's top at -tall ---

RESTS: dict[str, tuple[Point, Point]] = {  # elbow and hand; parts of the width, and of the height from above
    "belly": ((1.0, 0.42), (0.5, 0.56)), "sides": ((1.06, 0.36), (1.04, 0.68)),
    "hips": ((1.46, 0.4), (0.84, 0.64)), "knees": ((1.08, 0.42), (0.82, 0.78)),
    "between": ((0.84, 0.5), (0.27, 0.9)), "begging": ((0.98, 0.5), (0.3, 0.44)),
    "ground": ((1.16, 0.46), (1.36, 0.9)),
}  # fmt: skip


def draw_arms(body: Body, doing: str) -> None:
    """Arms and the anchor of what they hold, which goes between them and the torso."""
    pen, w, t = body.pen, body.wide, body.tall
    pen.anchor("hand", 0, -t * 0.36, min(w * 1.9, 62))
    first = body.rng.choice((-1, 1))
    for side in (first, -first) if doing != "none" else ():
        if doing == "forelegs":
            _foreleg(body, side)
        elif doing == "up" or (doing == "waving" and side == first):
            _raised(body, side, leap=doing == "up")
        elif doing == "holding":
            _holding(body, side)
        elif doing == "behind":
            with pen.layer("back"):
                _arm(body, side, (side * w * 1.34, -t * 0.52), (side * w * 0.6, -t * 0.36))
        else:
            _resting(body, side, _rest_of(body, doing, side))


def _rest_of(body: Body, doing: str, side: int) -> str:
    """What one arm does: a body that leans props itself on one side, the free arm of a wave rests."""
    if doing == "waving":
        return body.rng.choice(("belly", "sides", "hips"))
    if doing == "ground" and body.lean > 6 and side < 0:
        return body.rng.choice(("belly", "knees"))
    return doing


def _resting(body: Body, side: int, name: str) -> None:
    rng, w, t = body.rng, body.wide, body.tall
    (ex, ey), (hx, hy) = RESTS[name]
    sway = rng.uniform(-0.05, 0.05)
    _arm(
        body,
        side,
        (side * w * ex, -t * (1 - ey)),
        (side * w * (hx + sway), -t * (1 - hy + sway)),
        drop=name == "begging",
    )


def _holding(body: Body, side: int) -> None:
    """A paw on either side of the thing, a little below its middle."""
    w, t, rng = body.wide, body.tall, body.rng
    _arm(
        body,
        side,
        (side * w * 1.12, -t * 0.5),
        (side * (24 + rng.uniform(-2, 3)), -t * 0.36 + rng.uniform(5, 12)),
        big=True,
    )


def _raised(body: Body, side: int, leap: bool) -> None:
    """Beside the head, the palm towards the viewer."""
    rng, w, t = body.rng, body.wide, body.tall
    edge = 60 * body.kind.size("head_w") * body.grow
    reach = max(edge + rng.uniform(10, 22), w + 26)
    high = rng.uniform(10, 26) if leap else rng.uniform(26, 48)
    hand = (side * reach, -t - high * (0.8 if body.look.baby else 1))
    elbow = (side * (w * 0.7 + (reach - w * 0.7) * 0.66), -t + 14)
    _arm(body, side, elbow, hand, palm=True)


def _arm(
    body: Body,
    side: int,
    elbow: Point,
    hand: Point,
    palm: bool = False,
    drop: bool = False,
    big: bool = False,
) -> None:
    pen, thick = body.pen, 19 * body.kind.size("arm") * (0.92 if body.look.baby else 1)
    start = (side * body.wide * 0.66, -body.tall + 20)
    layer = "back" if pen.layer_name == "back" else "front_arm"
    with pen.layer(layer):
        arm = tube([start, elbow, hand], (thick * 0.84, thick * 1.02, thick * 0.96))
        pen.part(arm, body.limb, 0.2)
        bands(body, arm, elbow, hand, thick)
        if palm:
            _palm(body, hand, thick, side)
        elif drop:
            pen.part(
                ellipse(hand[0], hand[1] + thick * 0.34, thick * 0.5, thick * 0.6), _hand_colour(body), 0.2
            )
        elif big or _hand_colour(body) != body.limb:
            pen.part(ellipse(hand[0], hand[1], thick * 0.56, thick * 0.54), _hand_colour(body), 0.2)


def bands(body: Body, limb: Shape, start: Point, end: Point, thick: float) -> None:
    """Stripes across a limb of tigers and zebras."""
    if body.kind.part("body_marks") not in ("stripes", "zebra"):
        return
    turn = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])) + 90
    with body.pen.clip(limb):
        for f in (0.0, 0.34, 0.68):
            x, y = start[0] + (end[0] - start[0]) * f, start[1] + (end[1] - start[1]) * f
            body.pen.fill(ellipse(x - thick * 0.3, y, thick * 0.6, 3.2, turn), body.coat.dark)


def _hand_colour(body: Body) -> str:
    return body.kind.part("hooves") or body.paw


def _palm(body: Body, at: Point, thick: float, side: int) -> None:
    pen, x, y, r = body.pen, at[0], at[1], thick * 0.68
    pen.part(ellipse(x, y, r, r * 1.05), _hand_colour(body), 0.2)
    if not body.kind.part("hooves"):
        pads(body, x, y + r * 0.2, r * 0.92)


def pads(body: Body, x: float, y: float, size: float) -> None:
    """A big pad and three small ones."""
    pen, pad = body.pen, body.pad
    pen.fill(ellipse(x, y, size * 0.5, size * 0.4), pad)
    for k in (-1, 0, 1):
        pen.fill(
            ellipse(x + k * size * 0.46, y - size * (0.66 - abs(k) * 0.12), size * 0.19, size * 0.2), pad
        )


def _foreleg(body: Body, side: int) -> None:
    """Straight down from the chest, as cats and dogs sit."""
    pen, w, t, thick = body.pen, body.wide, body.tall, 20 * body.kind.size("arm")
    x, foot = side * w * 0.4, side * w * body.rng.uniform(0.3, 0.38)
    with pen.layer("front_arm"):
        leg = tube([(x, -t * 0.56), (x, -t * 0.3), (foot, -9)], (thick * 0.94, thick, thick * 0.86))
        pen.part(leg, body.limb, 0.18, 0.22)
        socks(body, leg, foot, thick, t * 0.3)
        bands(body, leg, (x, -t * 0.46), (foot, -4), thick)
        draw_foot(body, foot, thick * 0.62, side * 0.06)


def socks(body: Body, leg: Shape, x: float, thick: float, high: float) -> None:
    """The lower leg in the colour of the paws, where that is another."""
    if body.paw != body.limb and not body.kind.part("hooves"):
        with body.pen.clip(leg):
            body.pen.fill(ellipse(x, -2, thick, high), body.paw)


def draw_foot(body: Body, x: float, r: float, way: float = 0.0) -> None:
    """A paw or a hoof on the ground; `way` shifts it to a side."""
    pen, hooves = body.pen, body.kind.part("hooves")
    if hooves:
        pen.part(
            smooth(
                [
                    (x - r * 0.66, -13),
                    (x + r * 0.66, -13),
                    (x + r * (0.95 + way), -1),
                    (x - r * (0.95 - way), -1),
                ],
                tension=0.5,
            ),
            hooves,
            0.2,
        )
        return
    pen.part(ellipse(x + r * way, -r * 0.56, r * 1.1, r * 0.62), body.paw, 0.18)
    if body.kind.part("nails"):
        for k in (-1, 0, 1):
            pen.fill(ellipse(x + r * way + k * r * 0.5, -r * 0.3, r * 0.2, r * 0.22), "#fff4f0")


# --- legs ---


def draw_soles(body: Body, stance: str) -> None:
    """Two soles towards the viewer: close to the body, or at the ends of legs stretched out."""
    rng, w = body.rng, body.wide
    out = stance == "legs out"
    spread, size = (
        w * (rng.uniform(0.98, 1.2) if out else rng.uniform(0.64, 0.8)),
        17.5 * body.kind.size("foot"),
    )
    for side in (-1, 1):
        x = side * spread
        if stance == "side lean":
            x = w * (-0.86 if side < 0 else 0.28) + rng.uniform(-3, 3)
        if out:
            leg = tube([(side * w * 0.4, -18), (side * w * 0.8, -17), (x, -size * 0.9)], (24, 27, size * 1.6))
            body.pen.part(leg, body.limb, 0.18)
        _sole(body, x, size * rng.uniform(0.96, 1.04), side * (18 if out else 12))


def _sole(body: Body, x: float, size: float, turn: float) -> None:
    pen, hooves = body.pen, body.kind.part("hooves")
    pen.part(ellipse(x, -size * 0.94, size, size * 0.96, turn), body.paw)
    if hooves:
        pen.fill(ellipse(x, -size * 0.86, size * 0.72, size * 0.66), pen.ball(hooves, 0.2))
    elif body.kind.part("nails"):
        for k in (-1, 0, 1):
            pen.fill(ellipse(x + k * size * 0.5, -size * 0.3, 4, 4.6), "#fff4f0")
    else:
        pads(body, x, -size * 0.74, size * 0.92)


def draw_haunches(body: Body) -> None:
    """Folded hind legs on both sides, the feet forward."""
    pen, rng, w = body.pen, body.rng, body.wide
    wide, high = w * rng.uniform(0.46, 0.56), rng.uniform(23, 28)
    for side in (-1, 1):
        pen.part(ellipse(side * w * 0.72, -high, wide, high, side * 8), body.limb, 0.2)
        draw_foot(body, side * w * rng.uniform(0.94, 1.04), 16 * body.kind.size("foot"), side * 0.1)


def draw_standing_legs(body: Body) -> None:
    """One leg may bear the weight, the other is set aside."""
    pen, rng, w, b = body.pen, body.rng, body.wide, body.base
    wide = rng.uniform(0.4, 0.56)
    for side in (-1, 1):
        foot = side * w * (wide + rng.uniform(-0.05, 0.05))
        leg = tube(
            [(side * w * 0.42, -b - 16), (side * w * 0.48, -b * 0.5 - 6), (foot, -8)],
            (w * 0.76, w * 0.6, w * 0.44),
        )
        pen.part(leg, body.limb, 0.2)
        socks(body, leg, foot, w * 0.5, b * 0.7)
        draw_foot(body, foot, w * 0.36 * body.kind.size("foot"), side * 0.18)


def draw_four_legs(body: Body) -> None:
    """On all fours, from the front: the forelegs close together, the hind legs behind them, darker."""
    pen, rng, w, b = body.pen, body.rng, body.wide, body.base
    slender = 0.8 if body.kind.part("hooves") else 1.0
    thick, lifted = 20 * body.kind.size("leg_w") ** 0.6, rng.choice((0, 0, -1, 1))
    far = replace(body, limb=darker(body.limb, 0.14), paw=darker(body.paw, 0.14))
    for side in (-1, 1):
        with pen.layer("back"):
            x = side * w * 0.74
            leg = tube(
                [(x * 0.94, -b - 14), (x, -b * 0.5 - 6), (x, -13)], (thick * 1.5, thick, thick * slender)
            )
            pen.part(leg, far.limb, 0.18)
            with pen.at(x, -5):
                draw_foot(far, 0, thick * 0.56, side * 0.1)
        with pen.layer("front_arm"):
            x, up = side * w * 0.4, b * 0.3 if side == lifted else 0.0
            leg = tube(
                [(x, -b - 18), (x + side * up * 0.4, -b * 0.5 - 8), (x, -9 - up)],
                (thick * 1.2, thick * 1.04, thick * slender),
            )
            pen.part(leg, body.limb, 0.18, 0.2)
            socks(body, leg, x, thick, b * 0.6)
            bands(body, leg, (x, -b * 0.9), (x, -4), thick)
            with pen.at(x, -up):
                draw_foot(body, 0, thick * 0.6, side * 0.06)


def draw_stretched_legs(body: Body) -> None:
    """In the air: both flung apart, or one drawn up."""
    pen, rng, w, b = body.pen, body.rng, body.wide, body.base
    tucked = rng.choice((0, 0, -1, 1))
    for side in (-1, 1):
        hip = (side * w * 0.42, -b - 12)
        foot = (side * w * rng.uniform(0.98, 1.2), -rng.uniform(6, 16))
        if side == tucked:
            foot = (side * w * 0.86, -b * 0.9 - 2)
        leg = tube(
            [hip, ((hip[0] + foot[0]) / 2 + side * 3, (hip[1] + foot[1]) / 2 - 3), foot],
            (w * 0.7, w * 0.58, w * 0.46),
        )
        pen.part(leg, body.limb, 0.2)
        _toe(body, foot, side)


def _toe(body: Body, at: Point, side: int) -> None:
    """A foot in the air, its sole half towards the viewer."""
    r = body.wide * 0.34 * body.kind.size("foot")
    with body.pen.at(at[0], at[1], -side * 38):
        body.pen.part(ellipse(0, 0, r * 0.96, r * 1.0), _hand_colour(body), 0.2)
        if not body.kind.part("hooves") and not body.kind.part("nails"):
            pads(body, 0, r * 0.16, r * 0.9)
