"""Draws the galleries of the built-in model, unpicked: the seed of each picture is its place in the list.

    python runs/gallery.py docs/images [--only gallery]

gallery.png: the model's first 60 animals; scenes.png: 40 scenes with colours, counts, places, things and moods;
zh.png: 20 requests in Chinese; hero.png: the strip on the front page. The requests stand in docs/gallery.md, which is
written too.
Draws through the Studio, as the command does, with the model's default steps.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from pawlette.studio import Studio

STRIP = ["a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot"]
SCENES = [
    "two pandas under a rainbow", "a pink elephant holding a red balloon", "three foxes on the beach",
    "a sleeping koala", "a winking cat wearing a crown", "a purple bunny in the snow", "a penguin wearing a red scarf",
    "a dolphin under water", "a surprised owl at night", "a dog holding a heart", "a blue dragon in the mountains",
    "a lion wearing a party hat at a party", "two ducks in the garden", "a waving bear in the forest",
    "a baby tiger in a meadow", "a yellow duck wearing a blue bow", "a frog holding a flower", "a monkey jumping",
    "a fox in autumn", "a unicorn under a rainbow", "a mouse holding a yellow gift", "three bunnies in a meadow",
    "a green parrot flying", "a whale under water", "a pig wearing a purple hat on a farm", "a sheep in spring",
    "a cat and a dog", "a raccoon in the city", "a giraffe at sunset", "a laughing hippo on the beach",
    "a red panda holding a balloon", "a hedgehog wearing a flower crown", "two penguins in the snow",
    "a turtle on the beach", "an octopus under water", "a squirrel in winter", "a butterfly in a garden",
    "a sleepy hamster in a bedroom", "a panda in space", "an elephant and a mouse",
]  # fmt: skip
CHINESE = [
    "一只可爱的熊猫", "一只微笑的海豚", "一只毛茸茸的兔子", "一只小象", "一只彩色的鹦鹉",
    "两只熊猫在彩虹下", "三只小鸭子", "一只戴着红围巾的企鹅", "一只拿着气球的小熊", "雪地里的狐狸",
    "一只粉色的大象", "一只睡觉的考拉", "海底的鲸鱼", "一只戴皇冠的狮子", "森林里的猫头鹰",
    "一只蓝色的小猫", "两只兔子在草地上", "沙滩上的螃蟹", "一只抱着爱心的小狗", "夜晚的刺猬",
]  # fmt: skip
CELL = 192  # pixels


def page(studio: Studio, requests: list[str], across: int, *, first_seed: int = 0) -> Image.Image:
    """The requests in rows, each with its place in the list as its seed."""
    rows = -(-len(requests) // across)
    sheet = Image.new("RGB", (across * CELL, rows * CELL), "white")
    for place, text in enumerate(requests):
        accepted = studio.accept(text, seed=first_seed + place)
        for note in accepted.said:
            print(f"{text}: {note}")
        picture = studio.draw(accepted.job)
        with Image.open(io.BytesIO(picture.data)) as image:
            small = image.convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS)
        sheet.paste(small, (place % across * CELL, place // across * CELL))
    return sheet


def listed(name: str, requests: list[str], across: int) -> str:
    rows = [requests[i : i + across] for i in range(0, len(requests), across)]
    lines = [f"{number}. {' · '.join(row)}" for number, row in enumerate(rows, 1)]
    return (
        f"## {name}.png\n![](images/{name}.png)\n\nRow by row; the seed is the place in the list, from 0.\n\n"
        + "\n".join(lines)
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=["gallery", "scenes", "zh", "hero"])
    options = parser.parse_args()
    studio = Studio()
    animals = [f"a cute {animal}" for animal in (studio.family.species or ())[:60]]
    sheets = {"hero": (STRIP, 5), "gallery": (animals, 10), "scenes": (SCENES, 8), "zh": (CHINESE, 5)}
    for name, (requests, across) in sheets.items():
        if options.only in (None, name):
            page(studio, requests, across).save(options.folder / f"{name}.png", optimize=True)
    parts = [listed(name, *sheets[name]) for name in ("gallery", "scenes", "zh")]
    text = "# Galleries\nDrawn by the built-in model, none picked.\n\n" + "\n\n".join(parts) + "\n"
    (options.folder.parent / "gallery.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
