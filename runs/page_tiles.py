"""Draws the pictures of the page's tiles: each animal that the model knows, and what it wears, does and where it is.

    python runs/page_tiles.py pawlette/serve/page/tiles [--model FOLDER] [--only animals] [--again cat=3,owl=1]

A sticker of each animal on nothing, a storybook picture of each place; the seed is 0, or what SEEDS or --again says.
They are small (96 pixels, WebP) and keep the labels that say a machine made them. A tile that is there is left as it is.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from pawlette.engine.labels import aigc, packet
from pawlette.serve.api.tiles import vocabulary
from pawlette.studio import Studio

SIDE = 96  # pixels
QUALITY = 72
SEEDS: dict[str, int] = {}  # chosen by eye, where seed 0 gave a weak one


def wishes(studio: Studio) -> dict[str, list[tuple[str, str, str | None]]]:
    """Group -> (name of the file, text, style)."""
    book = vocabulary(studio.family)
    return {
        "animals": [(tile.id, f"a cute {tile.id}", "sticker") for tile in book.animals],
        "places": [(tile.id, f"a cute bunny, {at(tile.id)}", "storybook") for tile in book.places],
    }


def at(place: str) -> str:
    from pawlette.words.lexicon import lexicon

    return lexicon().phrases["place", place]


def file_name(ident: str) -> str:
    return ident.replace(" ", "-") + ".webp"


def draw(studio: Studio, text: str, style: str | None, seed: int) -> bytes:
    job = studio.accept(text, seed=seed, size=(256, 256), style=style).job
    picture = studio.draw(job)
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture.data)) as image:
        small = image.convert("RGBA" if image.mode == "RGBA" else "RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    small.save(out, "WEBP", quality=QUALITY, method=6, xmp=packet(aigc(job, studio.labels())))
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--only", choices=["animals", "places"])
    parser.add_argument("--again", default="", help="NAME=SEED,…: draw these anew")
    options = parser.parse_args()
    again = {name: int(seed) for name, _, seed in (part.partition("=") for part in options.again.split(",") if part)}
    studio = Studio(options.model)
    for group, rows in wishes(studio).items():
        if options.only not in (None, group):
            continue
        (options.folder / group).mkdir(parents=True, exist_ok=True)
        for ident, text, style in rows:
            path = options.folder / group / file_name(ident)
            if ident in again or not path.exists():
                path.write_bytes(draw(studio, text, style, again.get(ident, SEEDS.get(ident, 0))))
                print(f"{group}/{path.name}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
