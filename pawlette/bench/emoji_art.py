"""Reads emoji art families, from the folders of their npm packages, as pictures of animals.

Knows the animals' names in each family and how to render them. Knows no network, no scene, no model.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from PIL import Image, ImageSequence

SIZE = 256  # pixels: vector art is rendered to this square

# animal -> (Unicode code points, names in icon collections). A face and a whole body are both the animal.
NAMES: dict[str, tuple[str, str]] = {
    "panda": ("1f43c", "panda panda-face pandaface"),
    "dolphin": ("1f42c", "dolphin"),
    "bunny": ("1f430 1f407", "rabbit-face rabbit bunny bunnyside"),
    "elephant": ("1f418", "elephant"),
    "parrot": ("1f99c", "parrot"),
    "cat": (
        "1f431 1f408 1f408-200d-2b1b 1f63a 1f638 1f63b",
        "cat-face cat catside black-cat grinning-cat grinning-cat-face grinning-cat-with-smiling-eyes",
    ),
    "dog": ("1f436 1f415 1f9ae 1f415-200d-1f9ba", "dog-face dog dogside guide-dog service-dog"),
    "bear": ("1f43b", "bear bear-face"),
    "fox": ("1f98a", "fox fox-face fox-face-1 fox-face-2 foxgrin foxsmiling"),
    "koala": ("1f428", "koala"),
    "lion": ("1f981", "lion lion-face"),
    "tiger": ("1f42f 1f405", "tiger-face tiger tigerside"),
    "pig": ("1f437 1f416", "pig-face pig pigside"),
    "mouse": ("1f42d 1f401", "mouse-face mouse mouseside"),
    "monkey": ("1f435 1f412 1f648 1f649", "monkey-face monkeyface monkey see-no-evil-monkey"),
    "cow": ("1f42e 1f404", "cow-face cowface cow"),
    "horse": ("1f434 1f40e", "horse-face horseface horse"),
    "frog": ("1f438", "frog frog-face"),
    "penguin": ("1f427", "penguin penguin-1 penguin-2"),
    "owl": ("1f989", "owl"),
    "duck": ("1f986", "duck"),
    "chick": ("1f424 1f425 1f423", "baby-chick front-facing-baby-chick hatching-chick hatching-chick-1"),
    "sheep": ("1f411 1f40f", "ewe ewe-1 ewe-2 ram"),
    "turtle": ("1f422", "turtle"),
    "fish": ("1f41f 1f420", "fish tropical-fish"),
    "whale": ("1f433 1f40b", "spouting-whale whale"),
    "giraffe": ("1f992", "giraffe"),
    "zebra": ("1f993", "zebra"),
    "crab": ("1f980", "crab"),
    "snail": ("1f40c", "snail"),
    "butterfly": ("1f98b", "butterfly"),
    "octopus": ("1f419", "octopus"),
    "bee": ("1f41d", "honeybee"),
    "caterpillar": ("1f41b", "bug"),
    "crocodile": ("1f40a", "crocodile"),
    "deer": ("1f98c", "deer"),
    "dinosaur": ("1f995 1f996", "sauropod t-rex"),
    "dragon": ("1f409 1f432", "dragon dragon-face dragonhead dragonside"),
    "flamingo": ("1f9a9", "flamingo"),
    "goat": ("1f410", "goat"),
    "hamster": ("1f439", "hamster hamster-face"),
    "hedgehog": ("1f994", "hedgehog"),
    "hippo": ("1f99b", "hippopotamus"),
    "jellyfish": ("1fabc", "jellyfish"),
    "kangaroo": ("1f998", "kangaroo"),
    "ladybug": ("1f41e", "lady-beetle ladybeetle"),
    "leopard": ("1f406", "leopard leopardside"),
    "otter": ("1f9a6", "otter"),
    "polar bear": ("1f43b-200d-2744-fe0f", "polar-bear"),
    "raccoon": ("1f99d", "raccoon"),
    "rooster": ("1f413", "rooster"),
    "seal": ("1f9ad", "seal"),
    "shark": ("1f988", "shark"),
    "sloth": ("1f9a5", "sloth"),
    "snake": ("1f40d", "snake"),
    "squirrel": ("1f43f-fe0f", "chipmunk"),
    "unicorn": ("1f984", "unicorn unicorn-face"),
    "wolf": ("1f43a", "wolf wolfface"),
}
ANIMALS: tuple[str, ...] = tuple(NAMES)
_FACE_CODES = frozenset({
    "1f43c", "1f430", "1f431", "1f63a", "1f638", "1f63b", "1f436", "1f43b", "1f98a", "1f428", "1f981", "1f42f",
    "1f437", "1f42d", "1f435", "1f42e", "1f438", "1f439", "1f43a", "1f984", "1f432", "1f43b-200d-2744-fe0f",
    "1f99d",
})  # fmt: skip
_FACE_NAMES = frozenset({
    "panda", "cat-face", "grinning-cat", "bear", "fox", "koala", "lion", "frog", "foxgrin", "foxsmiling",
    "hamster", "wolf", "unicorn", "polar-bear",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """One way of drawing. Families of one `school` share their designs, so they are held out together."""

    name: str
    packages: tuple[str, ...]  # npm packages, with their versions
    school: str
    licence: str
    for_training: bool  # share-alike and attribution-only art is for evaluation


FAMILIES: tuple[Family, ...] = (
    Family("fluent-3d", ("@lobehub/fluent-emoji-3d@1.1.0",), "fluent", "MIT", True),
    Family("fluent-modern", ("@lobehub/fluent-emoji-modern@1.0.0",), "fluent", "MIT", True),
    Family("fluent-flat", ("@lobehub/fluent-emoji-flat@1.1.0",), "fluent", "MIT", True),
    Family(
        "fluent-anim",
        (
            "@lobehub/fluent-emoji-anim-1@1.0.0",
            "@lobehub/fluent-emoji-anim-3@1.0.0",
            "@lobehub/fluent-emoji-anim-4@1.0.0",
        ),
        "fluent",
        "MIT",
        True,
    ),
    Family("noto", ("@iconify-json/noto@1.2.9",), "noto", "Apache-2.0", True),
    Family("noto-v1", ("@iconify-json/noto-v1@1.2.5",), "noto-v1", "Apache-2.0", True),
    Family("twemoji", ("@iconify-json/twemoji@1.2.5",), "twemoji", "CC-BY-4.0", False),
    Family("emojitwo", ("@iconify-json/emojione@1.2.3",), "emojitwo", "CC-BY-4.0", False),
    Family("fxemoji", ("@iconify-json/fxemoji@1.2.2",), "fxemoji", "CC-BY-4.0", False),
    Family("streamline", ("@iconify-json/streamline-emojis@1.2.4",), "streamline", "CC-BY-4.0", False),
)


@dataclass(frozen=True, slots=True)
class Art:
    """One animal, alone on a transparent ground, drawn by one family."""

    animal: str
    name: str
    family: Family
    picture: Image.Image  # RGBA

    @property
    def is_face(self) -> bool:
        """Whether it is a bare head that could stand on a body."""
        stem = self.name.partition("#")[0]
        return stem in _FACE_CODES or stem in _FACE_NAMES or "face" in stem


def read_family(family: Family, folder: Path, *, frames: int = 6) -> Iterator[Art]:
    """Every picture of a known animal in one unpacked npm package; at most `frames` of an animated one."""
    read = _read_collection if (folder / "icons.json").is_file() else _read_files
    for animal, name, picture in read(folder, frames):
        yield Art(animal, name, family, picture)


def _read_collection(folder: Path, frames: int) -> Iterator[tuple[str, str, Image.Image]]:
    collection = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
    for animal, (_, names) in NAMES.items():
        for name in names.split():
            if icon := collection["icons"].get(name):
                width = icon.get("width", collection.get("width", 16))
                height = icon.get("height", collection.get("height", 16))
                box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
                svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{icon["body"]}</svg>'
                yield animal, name, render(svg.replace("currentColor", "#333"))


def _read_files(folder: Path, frames: int) -> Iterator[tuple[str, str, Image.Image]]:
    for animal, (codes, _) in NAMES.items():
        for code in codes.split():
            if (path := folder / "assets" / f"{code}.svg").is_file():
                yield animal, code, render(path.read_text(encoding="utf-8"))
            if (path := folder / "assets" / f"{code}.webp").is_file():
                for index, picture in enumerate(_some_frames(path, frames)):
                    yield animal, f"{code}#{index}", picture


def _some_frames(path: Path, frames: int) -> Iterator[Image.Image]:
    with Image.open(path) as film:
        count = getattr(film, "n_frames", 1)
        wanted = {round(i * count / frames) for i in range(min(frames, count))}
        for index, frame in enumerate(ImageSequence.Iterator(film)):
            if index in wanted:
                yield frame.convert("RGBA").resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def render(svg: str) -> Image.Image:
    """An SVG document as an RGBA square of SIZE pixels, its aspect kept."""
    drawn = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=SIZE)))).convert("RGBA")
    drawn.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIZE, SIZE))
    square.alpha_composite(drawn, ((SIZE - drawn.width) // 2, (SIZE - drawn.height) // 2))
    return square
