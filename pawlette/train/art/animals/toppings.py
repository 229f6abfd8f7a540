"""What grows on a mammal's head: horns, antlers, manes, wool, spikes, whiskers.

Knows the head, not the body.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pawlette.train.art.animals.ears import Head, head_shape
from pawlette.train.art.animals.pen import darker, lighter
from pawlette.train.art.animals.shapes import Shape, ellipse, fringe, fur, leaf, polygon, smooth, tube

RAINBOW = ("#ff9fb8", "#ffc78f", "#fff0a0", "#a9e5b5", "#9fd0ff", "#cbaef5")


def draw_behind(head: Head) -> None:
    """What is hidden in part by the head: manes, wool, horns."""
    for name in head.kind.part("behind").split():
        BEHIND[name](head)


def draw_above(head: Head) -> None:
    """What lies over the brow: forelocks, a unicorn's horn, ossicones."""
    for name in head.kind.part("above").split():
        ABOVE[name](head)


def _mane(head: Head) -> None:
    w, h, rng = head.w, head.h, head.rng
    ring = ellipse(0, -h * 0.02, w * rng.uniform(1.32, 1.48), h * rng.uniform(1.38, 1.52))
    head.pen.part(fringe(ring, rng.randint(16, 20), 9), head.coat.accent, 0.3)
    head.pen.fill(fringe(ellipse(0, h * 0.02, w * 1.16, h * 1.2), 18, 7), darker(head.coat.accent, 0.14))


def _wool(head: Head) -> None:
    """A sheep's cap, around the head and above."""
    w, h = head.w, head.h
    colour = head.coat.main
    head.pen.part(fringe(ellipse(0, -h * 0.16, w * 1.06, h * 1.0), 13, 11), colour, 0.16)


def _wool_cap(head: Head) -> None:
    w, h = head.w, head.h
    head.pen.part(fringe(ellipse(head.x(0), -h * 0.74, w * 0.6, h * 0.36), 10, 8), head.coat.main, 0.14)


def _spikes(head: Head) -> None:
    """Quills over the crown and sides, none under the chin; in front views also all about the back."""
    w, h, x = head.w, head.h, -head.turn * 10
    dark, pale = head.coat.dark, lighter(head.coat.dark, 0.3)
    if head.upright:
        with head.pen.layer("back"):
            head.pen.part(quills(0, 62, 66, 62, 15, (-200, 200), 30), dark)
    head.pen.part(quills(x, -h * 0.1, w * 1.12, h * 1.08, 19, (-152, 152), 25), dark)
    head.pen.fill(quills(x, -h * 0.06, w * 1.0, h * 0.96, 15, (-140, 140), 23), pale)
    head.pen.fill(ellipse(x, -h * 0.02, w * 1.0, h * 0.94), dark)


def quills(x: float, y: float, rx: float, ry: float, length: float, arc: tuple[float, float],
    count: int) -> Shape:
    """An oval with sharp points along an arc, in degrees clockwise from the top."""
    points = []
    for k in range(count * 2 + 1):
        angle = math.radians(arc[0] + (arc[1] - arc[0]) * k / (count * 2))
        out = length if k % 2 else 0
        points.append((x + math.sin(angle) * (rx + out), y - math.cos(angle) * (ry + out)))
    return smooth(points, tension=0.2)


def _cow_horns(head: Head) -> None:
    long = head.rng.uniform(0.85, 1.2)
    for side in (-1, 1):
        x, y = head.w * 0.5 * side, -head.h * 0.76
        horn = tube([(x, y), (x + side * 14, y - 9), (x + side * 14, y - 26 * long)], (17, 14, 5))
        head.pen.part(horn, "#f3e3c3", 0.2)


def _goat_horns(head: Head) -> None:
    grow = 0.6 if head.look.baby else head.rng.uniform(0.9, 1.12)
    for side in (-1, 1):
        with head.pen.at(head.w * 0.32 * side, -head.h * 0.8, 0, side * grow, grow):
            horn = tube([(0, 4), (8, -26), (30, -42)], (18, 14, 5))
            head.pen.part(horn, "#a58a6e", 0.26)
            for k in (7, 16, 25):
                head.pen.line(polygon([(k * 0.3 - 6, -k), (k * 0.4 + 7, -k - 3)], closed=False),
                    "#7d6851", 2.4)


def _antlers(head: Head) -> None:
    grow = 0.5 if head.look.baby else head.rng.uniform(0.9, 1.08)
    for side in (-1, 1):
        with head.pen.at(head.w * 0.36 * side, -head.h * 0.78, 0, side * grow, grow):
            for points, widths in (([(0, 4), (8, -24), (22, -44), (20, -64)], (9, 8, 6, 4)),
                ([(10, -28), (24, -34), (34, -50)], (7, 6, 4)), ([(14, -38), (6, -50), (5, -62)], (6, 5, 4))):
                head.pen.part(tube(points, widths), "#a97d55", 0.2)


def _ossicones(head: Head) -> None:
    for side in (-1, 1):
        x, y = head.x(head.w * 0.27 * side), -head.h * 0.8
        head.pen.part(tube([(x, y + 6), (x + side * 3, y - 14), (x + side * 5, y - 28)], (13, 10, 10)),
            head.coat.main)
        head.pen.part(ellipse(x + side * 5, y - 32, 10, 9.5), head.coat.dark)


def _horn(head: Head) -> None:
    x, y = head.x(0), -head.h * 0.74
    lean = head.turn * 10
    horn = polygon([(x - 10, y + 4), (x + lean, y - 52), (x + 10, y + 4)])
    head.pen.fill(horn, head.pen.down("#fff3b8", "#ffd257"), "#e0a83a", 1.4)
    with head.pen.clip(horn):
        for k in range(4):
            head.pen.line(polygon([(x - 14, y + 2 - k * 13), (x + 16, y - 8 - k * 13)], closed=False),
                "#e8b548", 2.2)


def _hair_colours(head: Head) -> tuple[str, ...]:
    if head.kind.part("hair") == "rainbow":
        start = head.rng.randrange(6)
        return tuple(RAINBOW[(start + k) % 6] for k in range(4))
    return (head.coat.accent, lighter(head.coat.accent, 0.1), head.coat.accent,
        darker(head.coat.accent, 0.12))


def _hair_behind(head: Head) -> None:
    """A horse's mane: it falls behind one cheek, or behind the neck of a turned head."""
    w, h = head.w, head.h
    for k, colour in enumerate(_hair_colours(head)):
        lock = smooth([(-w * 0.1, -h * (1.1 - 0.05 * k)), (-w * 0.7, -h * (1.02 - k * 0.1)),
            (-w * (1.16 - k * 0.07), -h * 0.3), (-w * (1.22 - k * 0.12), h * (0.5 + 0.14 * k)), (-w * 0.94,
            h * (1.2 - 0.02 * k)), (-w * 0.7, h * 0.7), (-w * 0.5, 0)])
        head.pen.part(lock, colour, 0.14, 0.2)


def _forelock(head: Head) -> None:
    w, h, s = head.w, head.h, head.x(0)
    side = head.rng.choice((-1, 1))
    colours = _hair_colours(head)
    for k in range(3):
        with head.pen.at(s + side * w * 0.04 * k, -h * 0.98, 180 + side * (28 - k * 22)):
            head.pen.part(leaf(0, 8, h * (0.62 - 0.06 * abs(k - 1)), w * 0.3, 0, 0), colours[k], 0.14, 0.2)


def _mohawk(head: Head) -> None:
    """A zebra's upright mane, dark and light by turns."""
    w, h, s = head.w, head.h, head.x(0) - head.turn * 16
    top = 1.5 * head.rng.uniform(0.94, 1.06)
    crest = smooth([(s - w * 0.4, -h * 0.7), (s - w * 0.36, -h * 1.2), (s, -h * top),
        (s + w * 0.36, -h * 1.2), (s + w * 0.4, -h * 0.7)])
    ragged = fringe(crest, 11, 5)
    head.pen.part(ragged, head.coat.dark)
    with head.pen.clip(ragged):
        for turn in (-26, 0, 26):
            with head.pen.at(s, -h * 0.6, turn):
                head.pen.fill(ellipse(0, -h * 0.6, 4.2, h * 0.4), head.coat.main)


def _beard(head: Head) -> None:
    long = head.h * (0.3 if head.look.baby else head.rng.uniform(0.56, 0.74))
    with head.pen.at(head.x(0) + head.turn * head.w * 0.2, head.h * 1.0, 180):
        head.pen.part(leaf(0, 0, long, head.w * 0.44, 0, 0), head.coat.light, 0.16, 0.36)


def _tuft(head: Head) -> None:
    """A tuft of hair on the crown."""
    base = -head.h * 0.9
    for turn in (-26, 4, 30):
        with head.pen.at(head.x(0), base, turn + head.rng.uniform(-9, 9)):
            head.pen.part(leaf(0, 6, head.rng.uniform(18, 27), 12, 0, 0), head.coat.main, 0.1)


def whiskers(head: Head) -> None:
    colour = lighter(head.coat.main, 0.6) if head.coat.is_dark else darker(head.coat.main, 0.3)
    long = head.rng.uniform(0.9, 1.15)
    for side in (-1, 1):
        x, y = head.x(side * head.w * 0.66), head.h * 0.5
        for k in (-1, 0, 1):
            line = smooth([(x, y + k * 6), (x + side * 18, y + k * 9 - 2),
                (x + side * 36 * long, y + k * 13)], closed=False)
            head.pen.line(line, colour, 2.4, 0.8)


def cheek_tufts(head: Head) -> Shape:
    """The head's outline in fluffy fur."""
    return fur(head_shape(head), 26, 7)


def _ridge(head: Head) -> None:
    """Plates along the crown: dinosaurs."""
    for k in range(5):
        turn = (-34 + 17 * k) - head.turn * 26
        with head.pen.at(0, 0, turn):
            head.pen.part(leaf(0, -head.h * 0.8, 27 - abs(k - 2) * 3, 24, 0, 0.12), head.coat.accent, 0.18)


def _dragon_horns(head: Head) -> None:
    _ridge(head)
    for side in (-1, 1):
        x, y = head.w * 0.52 * side, -head.h * 0.74
        head.pen.part(tube([(x, y + 4), (x + side * 8, y - 18), (x + side * 3, y - 38)], (17, 13, 4)),
            "#ffe9bd", 0.2)
        with head.pen.at(head.w * 0.86 * side, -head.h * 0.2, side * 66):
            head.pen.part(leaf(0, 8, 32, 22, 0, 0.05), head.coat.main)


BEHIND: dict[str, Callable[[Head], None]] = {
    "mane": _mane, "wool": _wool, "spikes": _spikes, "cow_horns": _cow_horns,
    "goat_horns": _goat_horns, "antlers": _antlers, "hair": _hair_behind, "mohawk": _mohawk, "ridge": _ridge,
    "dragon_horns": _dragon_horns,
}  # fmt: skip
ABOVE: dict[str, Callable[[Head], None]] = {
    "ossicones": _ossicones, "horn": _horn, "forelock": _forelock, "wool_cap": _wool_cap, "beard": _beard,
    "tuft": _tuft,
}  # fmt: skip
