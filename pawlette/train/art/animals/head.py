"""A mammal's whole head at the pen's origin: ears, fur, markings, muzzle, features.

Knows not what body carries it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pawlette.train.art.animals import face
from pawlette.train.art.animals.ears import Head, draw_ears, head_shape
from pawlette.train.art.animals.kinds import Coat, Species
from pawlette.train.art.animals.look import Look
from pawlette.train.art.animals.marks import draw_face_marks
from pawlette.train.art.animals.pen import Pen, darker, lighter
from pawlette.train.art.animals.shapes import Shape, ellipse, mirrored, polygon, smooth, tube
from pawlette.train.art.animals.toppings import cheek_tufts, draw_above, draw_behind, whiskers

TURNS = {"front": 0.0, "three-quarter": 0.55, "side": 0.95}


def draw_head(pen: Pen, look: Look, kind: Species, coat: Coat, rng: Random, turn: float,
    asleep: bool = False) -> Head:
    """The head about the origin, and the anchors on it."""
    wide = 60 * kind.size("head_w") * rng.uniform(0.96, 1.04) * (1 - 0.06 * turn)
    tall = 52 * kind.size("head_h") * rng.uniform(0.96, 1.04)
    head = Head(pen, rng, coat, look, kind, wide, tall, turn)
    hanging = kind.part("ears") == "floppy"  # over the cheeks; all others grow from behind the head
    draw_behind(head)
    if not hanging:
        draw_ears(head)
    skin = _skin(head)
    outline = cheek_tufts(head) if look.fluffy and not kind.part("bare") else head_shape(head)
    pen.part(outline, skin, 0.2)
    with pen.clip(outline):
        draw_face_marks(head)
        pen.fill(ellipse(-wide * 0.3, -tall * 0.62, wide * 0.5, tall * 0.3),
            pen.glow("#ffffff", 0.34 if not coat.is_dark else 0.14))
    if hanging:
        draw_ears(head)
    draw_above(head)
    _features(head, "asleep" if asleep else look.expression, outline)
    _anchors(head)
    return head


def _skin(head: Head) -> str:
    return head.coat.light if head.kind.part("skin") == "light" else head.coat.main


def _ground(head: Head) -> str:
    """The colour about the eyes."""
    name = head.kind.part("around_eyes")
    return {"dark": head.coat.dark, "light": head.coat.light}.get(name, _skin(head))


def _features(head: Head, expression: str, outline: Shape) -> None:
    pen, kind, rng, baby = head.pen, head.kind, head.rng, head.look.baby
    size = 11.5 * kind.size("eye") * rng.uniform(0.93, 1.1) * (1.14 if baby else 1)
    gap = head.w * 0.43 * kind.size("eye_gap") * rng.uniform(0.94, 1.05) * (1 - 0.12 * head.turn)
    height = head.h * (kind.size("eye_y", 0.1) + (0.06 if baby else 0) + rng.uniform(-0.02, 0.03))
    MUZZLES[kind.part("muzzle") or "small"](head, expression)
    eyes = face.Eyes(gap, size, expression, _ground(head), head.coat.accent if kind.part("iris") else None)
    with pen.at(head.x(0), height):
        face.draw_eyes(pen, eyes, rng)
        face.brows(pen, eyes, -size * 1.75)
    if kind.part("cheeks") != "none":
        with pen.clip(outline), pen.at(head.x(0), 0):
            face.cheeks(pen, head.w * 0.7 * (1 - 0.1 * head.turn), height + size * 1.7, 11,
                0.3 if head.coat.is_dark else 0.48)
    if kind.part("whiskers"):
        whiskers(head)
    pen.anchor("eyes", head.x(0), height, gap / 0.27)


def _anchors(head: Head) -> None:
    top = head.h * head.kind.size("hat_y", 0.86)
    head.pen.anchor("head_top", head.x(0) * 0.6, -top, head.w * 1.45)
    head.pen.anchor("ear", head.w * 0.62, -head.h * 0.8, head.w * 1.5)


def _nose(head: Head, x: float, y: float, wide: float, tall: float) -> None:
    """A soft triangle with a highlight."""
    nose = smooth([(x - wide, y - tall * 0.6), (x, y - tall), (x + wide, y - tall * 0.6),
        (x + wide * 0.55, y + tall * 0.45), (x, y + tall), (x - wide * 0.55, y + tall * 0.45)])
    head.pen.fill(nose, head.pen.ball(head.coat.nose, 0.2))
    head.pen.fill(ellipse(x - wide * 0.3, y - tall * 0.45, wide * 0.3, tall * 0.2), "#ffffff", opacity=0.75)


def _mouth(head: Head, y: float, size: float, expression: str, ground: str, double: bool = True) -> None:
    with head.pen.at(head.x(0) + head.turn * 3, y):
        face.mouth(head.pen, expression, size * head.rng.uniform(0.92, 1.08), ground, double)


def _small(head: Head, expression: str) -> None:
    """Cats, bunnies, mice: a small nose on the fur."""
    x, y = head.x(0) + head.turn * 3, head.h * 0.36
    _mouth(head, y + 9.5, 9.5, expression,
        (head.kind.part("mouth_on") == "light" and head.coat.light) or _skin(head))
    if head.kind.part("teeth") and expression in ("smiling", "neutral"):
        head.pen.fill(polygon([(x - 4.5, y + 11.5), (x + 4.5, y + 11.5), (x + 4, y + 19), (x - 4, y + 19)]),
            "#ffffff", "#d9c8c8", 1.1)
    _nose(head, x, y, 6.4 * head.kind.size("nose_size"), 4.8 * head.kind.size("nose_size"))


def _patch(head: Head, expression: str) -> None:
    """Bears, dogs: a light oval with the nose on its upper part."""
    x, y = head.x(0) + head.turn * 4, head.h * 0.5
    w, h = head.w * 0.37 * head.kind.size("muzzle_size"), head.h * 0.34 * head.kind.size("muzzle_size")
    colour = head.coat.light
    head.pen.fill(ellipse(x, y, w, h), head.pen.ball(colour, 0.1))
    _mouth(head, y + h * 0.12, 10, expression, colour)
    _nose(head, x, y - h * 0.46, 9.6 * head.kind.size("nose_size"), 6.6 * head.kind.size("nose_size"))


def _koala(head: Head, expression: str) -> None:
    x, y = head.x(0) + head.turn * 3, head.h * 0.22
    _mouth(head, head.h * 0.68, 9, expression, head.coat.main, double=False)
    nose = mirrored([(x, y - 21), (x + 10, y - 17), (x + 13.5, y), (x + 12, y + 15), (x, y + 20)], x)
    head.pen.fill(nose, head.pen.ball(head.coat.nose, 0.25), darker(head.coat.nose, 0.3), 1.2)
    head.pen.fill(ellipse(x - 4, y - 11, 3.4, 5.4, 12), "#ffffff", opacity=0.6)


def _snout(head: Head, expression: str) -> None:
    """Pigs."""
    x, y = head.x(0) + head.turn * 4, head.h * 0.3
    _mouth(head, y + 19, 10, expression, head.coat.main, double=False)
    snout = darker(head.coat.inner, 0.1)
    head.pen.part(ellipse(x, y, 21, 15.5), snout, 0.14, 0.22)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * 7.5, y + 0.5, 3.7, 5.4, side * 6), darker(snout, 0.42))


def _broad(head: Head, expression: str) -> None:
    """Cows, horses, giraffes, zebras, deer: a wide soft muzzle with two nostrils."""
    x, y = head.x(0) + head.turn * 5, head.h * head.kind.size("muzzle_y", 0.66)
    w, h = head.w * 0.64 * head.kind.size("muzzle_size"), head.h * 0.4 * head.kind.size("muzzle_size")
    colour = {"dark": head.coat.dark, "inner": head.coat.inner,
        "main": lighter(head.coat.main, 0.14)}.get(head.kind.part("muzzle_colour"), head.coat.light)
    head.pen.part(ellipse(x, y, w, h), colour, 0.14, 0.2)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.42, y - h * 0.36, 4.1, 5, side * 18), darker(colour, 0.5))
    _mouth(head, y + h * 0.18, 10, expression, colour, double=False)


def _hippo(head: Head, expression: str) -> None:
    x, y = head.x(0) + head.turn * 5, head.h * 0.62
    w, h = head.w * 1.0, head.h * 0.52
    colour = lighter(head.coat.main, 0.16)
    head.pen.part(mirrored([(x, y - h), (x + w * 0.55, y - h), (x + w * 0.98, y - h * 0.2),
        (x + w * 0.9, y + h * 0.6), (x + w * 0.4, y + h), (x, y + h)], x), colour, 0.18, 0.25)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.42, y - h * 0.52, 5.4, 7, side * 14), darker(colour, 0.45))
        if expression not in ("happy", "laughing", "surprised"):
            head.pen.fill(polygon([(x + side * w * 0.3 - 5, y + h * 0.36),
                (x + side * w * 0.3 + 5, y + h * 0.36), (x + side * w * 0.3 + 4,
                y + h * 0.66), (x + side * w * 0.3 - 4, y + h * 0.66)]), "#fffdf5", "#d8c9c9", 1)
    _mouth(head, y + h * 0.16, 17, expression, colour, double=False)


def _trunk(head: Head, expression: str) -> None:
    """Elephants: the mouth peeps out beside the trunk."""
    pen, rng, h = head.pen, head.rng, head.h
    x, y, side = head.x(0) + head.turn * 6, h * 0.26, 1 if head.turn else rng.choice((-1, 1))
    for tusk in (-1, 1):
        if head.kind.part("tusks") and not head.look.baby:
            pen.part(tube([(x + tusk * 14, y + 20), (x + tusk * 19, y + 34), (x + tusk * 25, y + 37)],
                (8, 7, 3)), "#fffaf0", 0.12)
    with pen.at(x - side * 17, h * 0.7):
        face.mouth(pen, expression, 9, head.coat.main, double=False)
    up, curl = rng.random() < 0.35, rng.uniform(0.85, 1.15)
    if up:
        line = [(x, y - 10), (x + side * 1, y + 20), (x + side * 14 * curl, y + 40), (x + side * 34, y + 38),
            (x + side * 40 * curl, y + 20)]
    else:
        line = [(x, y - 10), (x, y + 20), (x + side * 2, y + 42), (x + side * 10, y + 56),
            (x + side * 26 * curl, y + 54)]
    trunk = tube(line, (29, 25, 20, 17, 15), 4)
    pen.part(trunk, head.coat.main, 0.2)
    with pen.clip(trunk):
        for k in range(3):
            yk = y + 14 + k * 10
            pen.line(smooth([(x - 9 + k * side, yk), (x + k * side, yk + 3), (x + 9 + k * side, yk)],
                closed=False), darker(head.coat.main, 0.3), 1.7, 0.7)


def _reptile(head: Head, expression: str) -> None:
    """Dinosaurs, dragons: a broad light jaw with two nostrils."""
    x, y = head.x(0) + head.turn * 5, head.h * 0.6
    w, h = head.w * 0.72, head.h * 0.4
    colour = lighter(head.coat.main, 0.26)
    head.pen.part(ellipse(x, y, w, h), colour, 0.14, 0.16)
    for side in (-1, 1):
        head.pen.fill(ellipse(x + side * w * 0.3, y - h * 0.5, 2.8, 3.6, side * 20), darker(colour, 0.5))
    _mouth(head, y + h * 0.06, 15 if expression in ("smiling", "winking") else 12, expression, colour,
        double=False)


MUZZLES: dict[str, Callable[[Head, str], None]] = {
    "small": _small, "patch": _patch, "koala": _koala, "snout": _snout, "broad": _broad, "hippo": _hippo,
    "trunk": _trunk, "reptile": _reptile,
}  # fmt: skip
