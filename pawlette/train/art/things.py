"""What animals wear and hold: drawn about an origin that sits on the body, 100 units wide.

Knows colours and shapes; where a body has its head, neck or hand is told by the sprite's anchors.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from pawlette.train.art.paint import (
    HUES,
    Sheet,
    around,
    blossom,
    circle,
    darker,
    ellipse,
    group,
    heart,
    lighter,
    path,
    rect,
    stroke,
)
from pawlette.words.things import split_colour

CLOTHES_COLOURS = ("red", "blue", "yellow", "pink", "purple", "green", "orange")
Drawing = Callable[[Sheet, str, random.Random], None]


@dataclass(frozen=True, slots=True)
class Thing:
    """How one accessory or held item is drawn, and the anchors it may sit on, best first."""

    anchors: tuple[str, ...]
    draw: Drawing
    width: float  # of the anchor's size
    colours: tuple[str, ...] = CLOTHES_COLOURS


def with_colour(words: str, body: str | None, rng: random.Random) -> str:
    """The thing with a colour, one of its usual ones where none was named; not that of the body it sits on."""
    colour, name = split_colour(words)
    if colour:
        return words
    usual = (ACCESSORIES.get(name) or HELD[name]).colours
    return f"{rng.choice([other for other in usual if other != body] or usual)} {name}"


def draw_thing(words: str, prefix: str, rng: random.Random) -> str:
    """The SVG of "red scarf" or "balloon" about its origin, 100 units wide."""
    colour, name = split_colour(words)
    thing = ACCESSORIES.get(name) or HELD[name]
    sheet = Sheet(prefix)
    thing.draw(sheet, HUES[colour or rng.choice(thing.colours)], rng)
    return sheet.svg()


def place_thing(
    words: str, at: tuple[float, float, float], prefix: str, rng: random.Random, turn: float = 0
) -> str:
    """The thing on an anchor (x, y, size), turned with the head."""
    thing = ACCESSORIES.get(split_colour(words)[1]) or HELD[split_colour(words)[1]]
    x, y, size = at
    return group(draw_thing(words, prefix, rng), x, y, scale=size * thing.width / 100, turn=turn)


def _hat(sheet: Sheet, colour: str, rng: random.Random) -> None:
    """A sun hat with a ribbon; the origin is the middle of its brim."""
    band = rng.choice(("#ffffff", "#ffd166", lighter(colour, 0.6), darker(colour, 0.3)))
    sheet.add(ellipse(0, 2, 50, 11, sheet.down(colour, darker(colour, 0.22))))
    dome = "M-29,0C-29,-34 -20,-44 0,-44S29,-34 29,0Q0,9 -29,0Z"
    sheet.add(
        path(dome, sheet.ball(colour, 0.18)),
        path("M-29.5,-4C-29,-10 -29,-12 -28.5,-15Q0,-7 28.5,-15C29,-12 29,-10 29.5,-4Q0,6 -29.5,-4Z", band),
    )


def _party_hat(sheet: Sheet, colour: str, rng: random.Random) -> None:
    sheet.add(
        path("M0,-92L38,0Q0,13 -38,0Z", sheet.across(lighter(colour, 0.35), colour, darker(colour, 0.12)))
    )
    dots = rng.choice(("#ffffff", "#fff0b0"))
    for x, y, r in ((-16, -12, 6), (12, -16, 6), (-4, -38, 5.5), (10, -50, 4.5), (-24, 0, 0), (1, -66, 4)):
        sheet.add(circle(x, y, r, dots))
    pompom = "#ffd75e" if colour != HUES["yellow"] else "#ff9dbd"
    for angle in range(0, 360, 60):
        sheet.add(circle(*around(0, -92, 7, angle), 7, pompom))
    sheet.add(circle(0, -92, 8, lighter(pompom, 0.3)))


def _crown(sheet: Sheet, colour: str, rng: random.Random) -> None:
    edge = f'stroke="{darker(colour, 0.2)}" stroke-width="2" stroke-linejoin="round"'
    sheet.add(
        path(
            "M-42,4L-48,-46L-24,-24L0,-58L24,-24L48,-46L42,4Q0,14 -42,4Z",
            sheet.down(lighter(colour, 0.5), colour),
            edge,
        )
    )
    jewel = rng.choice(("#ff7d9c", "#6fb9f5", "#7fd49a"))
    for x, y in ((-48, -48), (0, -60), (48, -48)):
        sheet.add(circle(x, y, 7, sheet.ball(jewel, 0.1)))
    sheet.add(
        ellipse(0, -8, 8, 10, sheet.ball(jewel, 0.1)),
        circle(-25, -7, 5, "#ffffff"),
        circle(25, -7, 5, "#ffffff"),
    )


def _bow(sheet: Sheet, colour: str, rng: random.Random) -> None:
    dark = darker(colour, 0.18)
    for side in (-1, 1):
        wing = (
            f"M0,0C{side * 14},-36 {side * 48},-38 {side * 50},-20"
            f"C{side * 52},-8 {side * 52},10 {side * 50},20C{side * 48},36 {side * 14},34 0,0Z"
        )
        sheet.add(path(wing, sheet.ball(colour, 0.2), f'stroke="{dark}" stroke-width="2"'))
        sheet.add(
            stroke(
                f"M{side * 10},-2Q{side * 24},-10 {side * 32},-8M{side * 10},4Q{side * 22},10 {side * 28},9",
                dark,
                2.4,
            )
        )
    sheet.add(
        rect(
            -12, -14, 24, 28, sheet.ball(lighter(colour, 0.12), 0.16), 10, f'stroke="{dark}" stroke-width="2"'
        )
    )
    if rng.random() < 0.3:
        for x, y in ((-34, -14), (-36, 12), (34, -14), (36, 12)):
            sheet.add(circle(x, y, 5, "#ffffff", 'fill-opacity=".85"'))


def _scarf(sheet: Sheet, colour: str, rng: random.Random) -> None:
    """A band about the neck and one hanging end; the origin is the middle of the neck."""
    side, stripe = rng.choice((-1, 1)), rng.choice((lighter(colour, 0.55), darker(colour, 0.22), colour))
    edge = f'stroke="{darker(colour, 0.25)}" stroke-width="2"'
    end = f"M{side * 12},2L{side * 36},4L{side * 40},52L{side * 12},54Z"
    sheet.add(
        path(end, sheet.down(darker(colour, 0.12), colour), edge),
        path(f"M{side * 14},38L{side * 37},36L{side * 37.6},44L{side * 14},46Z", stripe),
    )
    for x in (17, 23, 29, 35):
        sheet.add(stroke(f"M{side * x},54v7", darker(colour, 0.15), 3))
    band = "M-48,-14Q0,6 48,-14C54,-8 54,9 48,14Q0,37 -48,14C-54,9 -54,-8 -48,-14Z"
    sheet.add(path(band, sheet.down(lighter(colour, 0.25), colour, darker(colour, 0.15)), edge))
    for x, dy in ((-32, 5), (-6, 0), (38, 7)):
        sheet.add(
            path(
                f"M{x - 5},{-6 - dy + 6}Q{x - 2},{8 - dy + 4} {x - 5},{22 - dy}L{x + 4},{22 - dy + 2}"
                f"Q{x + 7},{8 - dy + 4} {x + 4},{-6 - dy + 7}Z",
                stripe,
            )
        )
    sheet.add(rect(side * 23 - 14, -6, 28, 24, sheet.ball(colour, 0.2), 9))


def _glasses(sheet: Sheet, colour: str, rng: random.Random) -> None:
    """Round or square rims; each eye is at 27 units from the origin."""
    edge = f'stroke="{colour}" stroke-width="6" fill-opacity=".22"'
    square = rng.random() < 0.3
    for x in (-27, 27):
        sheet.add(
            rect(x - 20, -17, 40, 34, "#ffffff", 10, edge) if square else circle(x, 0, 21, "#ffffff", edge)
        )
    sheet.add(stroke("M-7,-3Q0,-9 7,-3M-47,-4L-54,-8M47,-4L54,-8", colour, 5))


def _flower_crown(sheet: Sheet, colour: str, rng: random.Random) -> None:
    others = ("#ff9dbd", "#ffffff", "#ffd166", "#c9a2f2", "#8fc5ff")
    sheet.add(stroke("M-46,2Q0,-22 46,2", "#7fbf78", 7))
    for x, y in ((-34, -14), (-12, -20), (12, -20), (34, -14)):
        sheet.add(ellipse(x, y, 9, 5, "#8fcc80", f'transform="rotate({x} {x} {y})"'))
    for i, (x, y) in enumerate(((-44, 0), (-23, -8), (0, -12), (23, -8), (44, 0))):
        petal = colour if i % 2 == 0 else rng.choice(others)
        sheet.add(blossom(x, y, 30 if i == 2 else 25, petal, "#fff3b0" if petal == "#ffd166" else "#ffcf4d"))


def _balloon(sheet: Sheet, colour: str, rng: random.Random) -> None:
    """The origin is its middle; the string to the hand is drawn by whoever knows where the hand is."""
    sheet.add(path("M0,52l-10,15h20Z", darker(colour, 0.12)), ellipse(0, 0, 50, 58, sheet.ball(colour, 0.16)))
    sheet.add(ellipse(-20, -24, 9, 15, "#ffffff", 'fill-opacity=".75" transform="rotate(25 -20 -24)"'))


def _heart(sheet: Sheet, colour: str, rng: random.Random) -> None:
    sheet.add(
        heart(0, 0, 100, sheet.ball(colour, 0.18), f'stroke="{darker(colour, 0.15)}" stroke-width="2.4"')
    )
    sheet.add(ellipse(-23, -17, 8, 12, "#ffffff", 'fill-opacity=".7" transform="rotate(35 -23 -17)"'))


def _flower(sheet: Sheet, colour: str, rng: random.Random) -> None:
    """The origin is where the hand holds the stem."""
    sheet.add(stroke("M4,40Q-6,0 0,-58", "#6fb567", 8))
    sheet.add(path("M-1,-4C18,-34 40,-30 44,-22C36,-6 16,2 -1,-4Z", "#85c878"))
    centre = "#ffd75e" if colour != HUES["yellow"] else "#b5855e"
    petals = (around(0, -78, 29, 60 * i) for i in range(6))
    fill = sheet.ball(colour, 0.12)
    sheet.add(
        "".join(circle(x, y, 21, fill) for x, y in petals), circle(0, -78, 17, sheet.ball(centre, 0.12))
    )


def _gift(sheet: Sheet, colour: str, rng: random.Random) -> None:
    pale = colour in (HUES["white"], HUES["yellow"], HUES["golden"])
    ribbon = rng.choice(("#ff8fb0", "#6fb9f5") if pale else ("#ffffff", "#fff0b3"))
    edge = f'stroke="{darker(colour, 0.18)}" stroke-width="2"'
    sheet.add(rect(-44, -26, 88, 70, sheet.down(colour, darker(colour, 0.14)), 7, edge))
    sheet.add(
        rect(-50, -40, 100, 26, sheet.down(lighter(colour, 0.35), colour), 7, edge),
        rect(-10, -40, 20, 84, ribbon),
    )
    for side in (-1, 1):
        loop = (
            f"M0,-40C{side * 10},-76 {side * 46},-76 {side * 42},-56C{side * 40},-44 {side * 16},-40 0,-40Z"
        )
        sheet.add(path(loop, ribbon, f'stroke="{darker(ribbon, 0.16)}" stroke-width="2"'))
    sheet.add(circle(0, -42, 8, ribbon, f'stroke="{darker(ribbon, 0.16)}" stroke-width="2"'))


ACCESSORIES: dict[str, Thing] = {
    "hat": Thing(
        ("head_top",), _hat, 1.2, ("red", "blue", "yellow", "pink", "purple", "green", "brown", "orange")
    ),
    "party hat": Thing(("head_top",), _party_hat, 0.72),
    "crown": Thing(("head_top",), _crown, 0.74, ("golden",)),
    "bow": Thing(("ear", "head_top"), _bow, 0.6, ("red", "pink", "blue", "purple", "yellow")),
    "scarf": Thing(("neck",), _scarf, 1.45),
    "glasses": Thing(("eyes",), _glasses, 1.0, ("black", "red", "blue", "brown", "pink")),
    "flower crown": Thing(("head_top",), _flower_crown, 1.12, ("pink", "white", "yellow", "purple", "red")),
}
HELD: dict[str, Thing] = {
    "balloon": Thing(
        ("hand",), _balloon, 1.1, ("red", "blue", "yellow", "pink", "purple", "green", "orange")
    ),
    "heart": Thing(("hand",), _heart, 1.3, ("red", "pink")),
    "flower": Thing(("hand",), _flower, 1.25, ("pink", "red", "yellow", "white", "purple", "blue")),
    "gift": Thing(("hand",), _gift, 1.2, ("red", "blue", "pink", "purple", "yellow", "green")),
}
