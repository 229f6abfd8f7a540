"""Draws the pictures of the page's tiles: the animals that the model knows, what they do, wear and feel, and places.

    python runs/page_tiles.py pawlette/serve/page/tiles [--model FOLDER] [--only animals] [--again cat=3,owl=1]

Stickers on nothing, and of each place a storybook picture; the seed is 0, or what SEEDS or --again says.
They are small (96 pixels, WebP) and keep the labels that say a machine made them. A tile that is there is left as it
is. tiles.json, written in the end, lists those that are there.
"""

import argparse
import io
import json
from pathlib import Path

from PIL import Image

from pawlette.engine.labels import aigc, packet
from pawlette.serve.api.tiles import vocabulary
from pawlette.studio import Studio
from pawlette.words.lexicon import lexicon

GROUPS = ("animals", "actions", "accessories", "moods", "places")
SIDE = 96  # pixels
QUALITY = 72
SEEDS = {"elephant": 2, "monkey": 2, "sheep": 1}  # chosen by eye, where seed 0 gave a weak one


def wishes(studio: Studio) -> dict[str, list[tuple[str, str, str | None]]]:
    """Group -> (id of the tile, text, style)."""
    book, phrases = vocabulary(studio.family), lexicon().phrases
    return {
        "animals": [(tile.id, f"a cute {tile.id}", "sticker") for tile in book.animals],
        "actions": [(tile.id, f"a cute bunny {tile.id}", "sticker") for tile in book.actions],
        "accessories": [
            (tile.id, f"a cute bunny wearing a {tile.id}", "sticker") for tile in book.accessories
        ],
        "moods": [(tile.id, f"a {tile.id} bunny", "sticker") for tile in book.moods],
        "places": [
            (tile.id, f"a cute bunny, {phrases['place', tile.id]}", "storybook") for tile in book.places
        ],
    }


def file_name(ident: str) -> str:
    return ident.replace(" ", "-") + ".webp"


def draw(studio: Studio, text: str, style: str | None, seed: int) -> bytes:
    accepted = studio.accept(text, seed=seed, size=(256, 256), style=style)
    for note in accepted.said:
        print(f"{text}: {note}")
    job = accepted.job
    picture = studio.draw(job)
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture.data)) as image:
        small = image.convert("RGBA" if image.mode == "RGBA" else "RGB").resize(
            (SIDE, SIDE), Image.Resampling.LANCZOS
        )
    small.save(out, "WEBP", quality=QUALITY, method=6, xmp=packet(aigc(job, studio.labels())))
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--index", action="store_true", help="Draw nothing: list the tiles that are there.")
    parser.add_argument("--only", choices=GROUPS)
    parser.add_argument("--again", default="", help="NAME=SEED,…: draw these anew")
    options = parser.parse_args()
    again = {
        name: int(seed)
        for name, _, seed in (part.partition("=") for part in options.again.split(",") if part)
    }
    studio = Studio(options.model)
    for group, rows in wishes(studio).items():
        if options.index or options.only not in (None, group):
            continue
        (options.folder / group).mkdir(parents=True, exist_ok=True)
        for ident, text, style in rows:
            path = options.folder / group / file_name(ident)
            if ident in again or not path.exists():
                path.write_bytes(draw(studio, text, style, again.get(ident, SEEDS.get(ident, 0))))
                print(f"{group}/{path.name}: {path.stat().st_size} bytes", flush=True)
    index = {
        group: [ident for ident, _, _ in rows if (options.folder / group / file_name(ident)).exists()]
        for group, rows in wishes(studio).items()
    }
    text = json.dumps(index, separators=(",", ":"), ensure_ascii=False)
    (options.folder / "tiles.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
