"""Puts a cut-out animal into made-up pictures, so that a recogniser learns animals and not white squares.

Backgrounds, places, sizes, colours and simple bodies under bare faces are drawn by chance. Knows no family,
no network, and nothing of the art that trains the built-in model.
"""

from __future__ import annotations

import colorsys
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = 256
Colour = tuple[int, int, int]


def place(animal: Image.Image, rng: random.Random, *, face: bool = False) -> Image.Image:
    """A picture (RGB, SIZE square) with one or two copies of the animal, changed in colour, size and place.

    `face` says that the animal is a bare head: many are given big eyes or a body, as picture books draw them.
    """
    animal = lit(recolour(_trimmed(animal), rng), rng)
    if face and rng.random() < 0.4:
        animal = with_big_eyes(animal, rng)
    if face and rng.random() < 0.65:
        animal = with_body(animal, rng)
    picture = backdrop(rng)
    copies = 2 if rng.random() < 0.15 else 1
    for index in range(copies):
        _stamp(picture, animal, rng, index, copies)
    return _camera(picture.convert("RGB"), rng)


def plain(animal: Image.Image, colour: Colour = (255, 255, 255)) -> Image.Image:
    """The animal as its artist drew it, on one colour, with a small margin."""
    ground = Image.new("RGBA", (SIZE, SIZE), (*colour, 255))
    inner = _fitted(_trimmed(animal), int(SIZE * 0.86))
    ground.alpha_composite(inner, ((SIZE - inner.width) // 2, (SIZE - inner.height) // 2))
    return ground.convert("RGB")


def part(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Now and then only a window of the picture, mostly its upper half: a trunk or stripes alone must be enough."""
    if rng.random() >= 0.35:
        return picture
    side = int(SIZE * rng.uniform(0.55, 0.9))
    x, y = rng.randint(0, SIZE - side), int((SIZE - side) * rng.random() ** 1.5)
    return picture.crop((x, y, x + side, y + side))


def _trimmed(animal: Image.Image) -> Image.Image:
    return animal.crop(animal.getchannel("A").getbbox() or (0, 0, *animal.size))


def _fitted(animal: Image.Image, side: int) -> Image.Image:
    ratio = side / max(animal.size)
    size = max(1, round(animal.width * ratio)), max(1, round(animal.height * ratio))
    return animal.resize(size, Image.Resampling.LANCZOS)


def recolour(animal: Image.Image, rng: random.Random) -> Image.Image:
    """Mostly a small shift of hue; now and then a wholly other coat, since pink elephants are asked for."""
    alpha = animal.getchannel("A")
    shift = rng.uniform(-10, 10) if rng.random() < 0.8 else rng.uniform(0, 255)
    hsv = np.array(animal.convert("RGB").convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(shift)) % 256
    changed = Image.fromarray(hsv, "HSV").convert("RGB")
    changed = ImageEnhance.Color(changed).enhance(0.0 if rng.random() < 0.05 else rng.uniform(0.6, 1.3))
    changed = ImageEnhance.Brightness(changed).enhance(rng.uniform(0.8, 1.2))
    changed = ImageEnhance.Contrast(changed).enhance(rng.uniform(0.75, 1.15))
    changed.putalpha(alpha)
    return changed


def lit(animal: Image.Image, rng: random.Random) -> Image.Image:
    """Half of the time: a soft light from one corner, as on a round body."""
    if rng.random() < 0.5:
        return animal
    y, x = np.mgrid[-1 : 1 : animal.height * 1j, -1 : 1 : animal.width * 1j]
    distance = np.hypot(x - rng.uniform(-0.7, 0.7), y + rng.uniform(0.1, 0.8))
    light = 1 + rng.uniform(0.1, 0.35) * (0.8 - distance)
    pixels = np.array(animal).astype(float)
    pixels[..., :3] = (pixels[..., :3] * light[..., None]).clip(0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def with_big_eyes(face: Image.Image, rng: random.Random) -> Image.Image:
    """Large dark glossy eyes over the artist's: without them, every big-eyed animal looks like a panda."""
    face = face.copy()
    pen = ImageDraw.Draw(face)
    size = face.width * rng.uniform(0.06, 0.12)
    y, apart = face.height * rng.uniform(0.45, 0.6), face.width * rng.uniform(0.16, 0.25)
    dark = rng.choice(((25, 20, 30, 255), (60, 40, 40, 255), (30, 40, 70, 255)))
    for sign in (-1, 1):
        x = face.width / 2 + sign * apart
        if rng.random() < 0.15:
            pen.arc((x - size, y - size, x + size, y + size), 190, 350, dark, max(2, int(size / 4)))
            continue
        _ellipse(pen, x, y, size, size * 1.15, dark)
        _ellipse(pen, x - size * 0.3, y - size * 0.4, size * 0.35, size * 0.4, (255, 255, 255, 255))
        _ellipse(pen, x + size * 0.35, y + size * 0.45, size * 0.18, size * 0.18, (235, 235, 245, 255))
    return face


def with_body(face: Image.Image, rng: random.Random) -> Image.Image:
    """The face on a simple sitting or standing body in two of its own colours, at times in a shirt."""
    side = max(face.size)
    coat, limbs = _main_colours(face, rng)
    trunk = pastel(rng, light=(0.6, 1.0)) if rng.random() < 0.2 else coat
    width, height = int(side * rng.uniform(1.0, 1.3)), int(side * rng.uniform(1.4, 1.9))
    body = Image.new("RGBA", (width, height))
    pen = ImageDraw.Draw(body)
    middle, top, belly = width // 2, int(side * 0.75), side * rng.uniform(0.25, 0.42)
    chest = (top + height) / 2
    if rng.random() < 0.4:
        tail = middle + rng.choice((-1, 1)) * belly * 1.2
        _ellipse(
            pen,
            tail,
            height - belly * rng.uniform(0.4, 0.9),
            belly * 0.3,
            belly * rng.uniform(0.3, 0.6),
            limbs,
        )
    _ellipse(pen, middle, chest - 4, belly, (height - top) / 2, trunk)
    if rng.random() < 0.6:
        lighter = tuple((2 * c + 3 * 255) // 5 for c in trunk)
        _ellipse(pen, middle, chest, belly * 0.6, (height - top) / 3, lighter)
    reach, raised = rng.uniform(0.7, 1.0), rng.random() < 0.25
    for sign in (-1, 1):
        arm = chest - belly * (0.8 if raised and sign > 0 else rng.uniform(-0.1, 0.2))
        _ellipse(pen, middle + sign * belly * reach, arm, belly * 0.25, belly * 0.4, limbs)
        foot = middle + sign * belly * rng.uniform(0.5, 0.8)
        _ellipse(pen, foot, height - belly * 0.3, belly * 0.4, belly * 0.28, limbs)
        if rng.random() < 0.4:
            _ellipse(pen, foot, height - belly * 0.28, belly * 0.2, belly * 0.15, (250, 190, 190))
    body.alpha_composite(lit(face, rng), (max(0, middle - face.width // 2), 0))
    return body


def _ellipse(
    pen: ImageDraw.ImageDraw, x: float, y: float, rx: float, ry: float, colour: tuple[int, ...]
) -> None:
    pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=colour)


def _main_colours(face: Image.Image, rng: random.Random) -> tuple[Colour, Colour]:
    pixels = np.array(face)
    inside = pixels[pixels[..., 3] > 200][:, :3]
    if not len(inside):
        return (200, 200, 200), (120, 120, 120)
    strip = Image.fromarray(inside[None]).quantize(5).convert("RGB")
    counted = sorted(strip.getcolors(maxcolors=16) or [], reverse=True)
    first = counted[0][1]
    second = counted[min(1, len(counted) - 1)][1]
    limbs = first if rng.random() < 0.5 else second
    return first, limbs  # type: ignore[return-value]


def _stamp(picture: Image.Image, animal: Image.Image, rng: random.Random, index: int, copies: int) -> None:
    share = rng.uniform(0.4, 1.0) if copies == 1 else rng.uniform(0.35, 0.5)
    copy = _fitted(animal, int(SIZE * share))
    if rng.random() < 0.5:
        copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    copy = copy.rotate(rng.gauss(0, 7), Image.Resampling.BICUBIC, expand=True)
    room = SIZE - copy.width, SIZE - copy.height
    x = int(room[0] * rng.uniform(0.1, 0.9)) if copies == 1 else int(SIZE * (0.03 + 0.47 * index))
    y = int(room[1] * rng.uniform(0.2, 1.0))
    if rng.random() < 0.4:
        _shadow(picture, x + copy.width / 2, y + copy.height * 0.96, copy.width * 0.4)
    layer = Image.new("RGBA", picture.size)
    layer.paste(copy, (x, y))
    picture.alpha_composite(layer)


def _shadow(picture: Image.Image, x: float, y: float, reach: float) -> None:
    layer = Image.new("RGBA", picture.size)
    _ellipse(ImageDraw.Draw(layer), x, y, reach, reach * 0.2, (20, 30, 50, 70))
    picture.alpha_composite(layer.filter(ImageFilter.GaussianBlur(4)))


def _camera(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Soft focus, a small size and back, a little grain: what a small decoder does to edges."""
    if rng.random() < 0.35:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    if rng.random() < 0.2:
        small = picture.resize((rng.randint(96, 200),) * 2, Image.Resampling.BILINEAR)
        picture = small.resize(picture.size, Image.Resampling.BICUBIC)
    if rng.random() < 0.3:
        grain = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 8), (SIZE, SIZE, 3))
        picture = Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))
    return picture


# ---- backgrounds ----


def backdrop(rng: random.Random) -> Image.Image:
    """A plain, shaded, scenic or watery ground (RGBA, SIZE square)."""
    draw = rng.choices((_shade, _hills, _water, _confetti, _blank), (3, 4, 2, 2, 1))[0]
    return draw(rng)


def pastel(rng: random.Random, *, light: tuple[float, float] = (0.75, 1.0)) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, 0.45), rng.uniform(*light))
    return int(red * 255), int(green * 255), int(blue * 255)


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    t = np.linspace(0, 1, SIZE)[:, None, None]
    rows = np.array(top)[None, None] * (1 - t) + np.array(bottom)[None, None] * t
    return Image.fromarray(np.broadcast_to(rows, (SIZE, SIZE, 3)).astype(np.uint8)).convert("RGBA")


def _blank(rng: random.Random) -> Image.Image:
    return Image.new("RGBA", (SIZE, SIZE), (255, 255, 255, 255))


def _shade(rng: random.Random) -> Image.Image:
    turned = _gradient(pastel(rng), pastel(rng)).rotate(rng.choice((0, 90, 180, 270)))
    return turned


def _hills(rng: random.Random) -> Image.Image:
    night = rng.random() < 0.15
    top = (
        (30, 35, 80)
        if night
        else rng.choice(((130, 195, 245), (190, 225, 250), (250, 205, 190), pastel(rng)))
    )
    scene = _gradient(top, tuple(min(255, c + 40) for c in top))  # type: ignore[arg-type]
    pen = ImageDraw.Draw(scene)
    _specks(pen, rng, rng.randint(0, 5), (255, 255, 255, 255), (4, 22), SIZE // 2)
    if rng.random() < 0.5:
        _ellipse(pen, rng.choice((40, 216)), 40, 20, 20, (255, 215, 80))
    for _ in range(rng.randint(0, 3)):
        _tree(pen, rng)
    ground = rng.choice(((110, 185, 90), (150, 210, 120), (235, 210, 160), (245, 247, 252), (140, 120, 100)))
    for level in sorted(rng.uniform(0.55, 0.85) for _ in range(rng.randint(1, 3))):
        tint = tuple(max(0, min(255, c + rng.randint(-18, 18))) for c in ground)
        _ellipse(
            pen, rng.uniform(0, SIZE), SIZE * (level + 0.9), SIZE * rng.uniform(0.9, 1.6), SIZE * 0.9, tint
        )
    _specks(
        pen, rng, rng.randint(0, 10), (*pastel(rng, light=(0.8, 1)), 255), (2, 6), SIZE, from_y=SIZE * 3 // 4
    )
    return scene


def _tree(pen: ImageDraw.ImageDraw, rng: random.Random) -> None:
    x, y, size = rng.uniform(0, SIZE), rng.uniform(120, 190), rng.uniform(15, 45)
    green = rng.randint(40, 110), rng.randint(130, 190), rng.randint(60, 110)
    pen.rectangle((x - size * 0.12, y, x + size * 0.12, y + size * 1.4), fill=(125, 90, 70))
    if rng.random() < 0.5:
        _ellipse(pen, x, y, size * 0.7, size, green)
    else:
        pen.polygon(
            [(x, y - size * 1.5), (x - size * 0.8, y + size * 0.6), (x + size * 0.8, y + size * 0.6)], green
        )


def _water(rng: random.Random) -> Image.Image:
    deep = rng.randint(10, 70), rng.randint(90, 170), rng.randint(170, 230)
    scene = _gradient(tuple(min(255, c + 70) for c in deep), deep)  # type: ignore[arg-type]
    pen = ImageDraw.Draw(scene)
    if rng.random() < 0.6:
        _ellipse(pen, SIZE / 2, SIZE * 1.15, SIZE, SIZE * 0.3, (235, 212, 160))
    _specks(pen, rng, rng.randint(0, 15), (215, 240, 255, 255), (2, 9), SIZE)
    for _ in range(rng.randint(0, 6)):
        x, height = rng.uniform(0, SIZE), rng.uniform(15, 60)
        colour = rng.choice(((60, 160, 90), (240, 120, 110), (245, 170, 90), (150, 110, 190)))
        pen.line([(x + 5 * math.sin(k), SIZE - height * k / 6) for k in range(7)], colour, rng.randint(3, 8))
    return scene


def _confetti(rng: random.Random) -> Image.Image:
    scene = _shade(rng)
    pen = ImageDraw.Draw(scene)
    for _ in range(rng.randint(3, 18)):
        x, y, size = rng.uniform(0, SIZE), rng.uniform(0, SIZE), rng.uniform(3, 16)
        colour = pastel(rng, light=(0.7, 1.0))
        corners = rng.choice((0, 3, 4, 5))
        if corners:
            pen.regular_polygon((x, y, size), corners, rng.randint(0, 90), colour)
        else:
            _ellipse(pen, x, y, size, size, colour)
    return scene


def _specks(
    pen: ImageDraw.ImageDraw,
    rng: random.Random,
    count: int,
    colour: tuple[int, ...],
    sizes: tuple[int, int],
    to_y: int,
    from_y: int = 0,
) -> None:
    for _ in range(count):
        size = rng.uniform(*sizes)
        _ellipse(
            pen, rng.uniform(0, SIZE), rng.uniform(from_y, to_y), size, size * rng.uniform(0.5, 1), colour
        )
