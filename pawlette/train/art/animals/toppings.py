"""What grows on a mammal's head: horns, antlers, manes, wool, spikes, whiskers.

Knows the head, not the body.
"""

from __future__ import annotations

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
    ring = ellipse(0, -h * 0.02, w * 1.34, h * 1.4)
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
    w, h = head.w, head.h
    head.pen.part(fringe(ellipse(-head.turn * 10, -h * 0.16, w * 1.16, h * 1.14), 22, 13), head.coat.dark)
    head.pen.fill(fringe(ellipse(-head.turn * 10, -h * 0.1, w * 1.04, h * 1.0), 20, 9),
        lighter(head.coat.dark, 0.16))


def _cow_horns(head: Head) -> None:
    for side in (-1, 1):
        x, y = head.w * 0.5 * side, -head.h * 0.76
        horn = tube([(x, y), (x + side * 13, y - 8), (x + side * 13, y - 25)], (15, 12, 4))
        head.pen.part(horn, "#f3e3c3", 0.2)


def _goat_horns(head: Head) -> None:
    for side in (-1, 1):
        x, y = head.w * 0.32 * side, -head.h * 0.8
        horn = tube([(x, y), (x + side * 9, y - 26), (x + side * 27, y - 40)], (15, 12, 4))
        head.pen.part(horn, "#b9a086", 0.26)
        for k in (8, 17, 26):
            head.pen.line(polygon([(x + side * (k * 0.3 - 5), y - k), (x + side * (k * 0.4 + 6), y - k - 3)],
                closed=False), "#8f7962", 1.6)


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
        head.pen.part(tube([(x, y + 6), (x + side * 3, y - 14), (x + side * 5, y - 26)], (10, 8, 8)),
            head.coat.main)
        head.pen.part(ellipse(x + side * 5, y - 29, 8.5, 8), head.coat.dark)


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
    """A zebra's upright mane."""
    w, h, s = head.w, head.h, head.x(0) - head.turn * 12
    crest = smooth([(s - w * 0.34, -h * 0.82), (s - w * 0.26, -h * 1.2), (s, -h * 1.36),
        (s + w * 0.26, -h * 1.2), (s + w * 0.34, -h * 0.82)])
    head.pen.part(fringe(crest, 9, 5), head.coat.dark)


def _beard(head: Head) -> None:
    with head.pen.at(head.x(0), head.h * 0.86, 180):
        head.pen.part(leaf(0, 0, head.h * 0.5, head.w * 0.34, 0, 0), head.coat.light, 0.16)


def _tuft(head: Head) -> None:
    """A tuft of hair on the crown."""
    base = -head.h * 0.9
    for turn in (-26, 4, 30):
        with head.pen.at(head.x(0), base, turn + head.rng.uniform(-5, 5)):
            head.pen.part(leaf(0, 6, 22, 12, 0, 0), head.coat.main, 0.1)


def whiskers(head: Head) -> None:
    colour = lighter(head.coat.main, 0.6) if head.coat.is_dark else darker(head.coat.main, 0.4)
    for side in (-1, 1):
        x, y = head.x(side * head.w * 0.6), head.h * 0.5
        for k in (-1, 0, 1):
            line = smooth([(x, y + k * 5), (x + side * 18, y + k * 8 - 2), (x + side * 34, y + k * 12 + 1)],
                closed=False)
            head.pen.line(line, colour, 1.5, 0.75)


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
