"""The fixed prompts of `pawlette bench art`, and the file that each picture of them lies in.

Written before anything was drawn with them; no seed is picked. Knows no model, no judge and no pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pawlette.bench.slots import ANIMALS

FIVE: tuple[str, ...] = ("panda", "dolphin", "bunny", "elephant", "parrot")
"""The animals of the study that Pawlette grew from."""
ONE_ANIMAL = "a cute {animal}"
SLOT_PROMPTS: tuple[str, ...] = (
    "two cute pandas", "three little penguins", "two foxes in the forest", "three pink chicks", "two koalas",
    "three bunnies in a meadow", "two dolphins under water", "three cats", "two owls in the snow", "three fish",
    "a pink elephant", "a blue cat", "a purple dog", "a green bunny", "a yellow bear",
    "a red dinosaur", "a pink frog", "an orange whale", "a blue lion", "a purple turtle",
    "a cat and a dog on the beach", "a panda and a bunny", "a fox and an owl in the forest",
    "a bear and a penguin in the snow", "a lion and a zebra", "a dolphin and a whale under water",
    "two pink cows", "three blue hamsters", "two green cats", "three purple mice", "two yellow dolphins",
    "a panda on the beach", "a tiger in the snow", "a lion in the desert", "a hedgehog in the forest",
    "a cow on a farm", "a cat in the bedroom", "a dog in the city", "a fox in space", "a goat in the mountains",
    "a squirrel in the garden", "a monkey at a party", "an octopus under water", "a sheep in a meadow",
    "an owl at night", "a unicorn under a rainbow", "a duck in the rain",
    "a waving bear", "a jumping frog", "a sleeping cat", "a flying parrot", "a swimming turtle",
    "a panda holding a red balloon", "a bunny holding a heart", "a koala holding a yellow flower",
    "a mouse holding a gift", "a winking fox", "a surprised monkey", "a laughing pig", "a sleepy sloth",
    "a cat wearing a red scarf", "a dog wearing a blue hat", "a lion wearing a crown", "a pig wearing a pink bow",
    "a bear wearing glasses", "a giraffe wearing a green scarf", "an elephant wearing a party hat",
    "a happy tiger wearing a purple scarf in the snow", "two bears wearing red hats in the forest",
    "a blue elephant holding a yellow balloon on the beach", "three blue pigs in a meadow",
    "a winking cat wearing a yellow hat at a party", "two purple bunnies in the garden",
)  # fmt: skip
UNSEEN_PROMPTS: tuple[str, ...] = (
    "a koala wearing a purple scarf", "a pink elephant in the snow", "three penguins on the beach",
    "a panda holding a balloon in space", "a blue cat wearing a crown", "a bunny wearing glasses in the forest",
    "a parrot wearing a party hat in the garden",
)  # fmt: skip
"""Combinations that no picture of the built-in model's training shows."""
TRANSPARENT_PROMPTS: tuple[str, ...] = (
    "a cute panda", "a bunny wearing a red scarf", "a waving bear", "a cat holding a blue balloon",
    "a dolphin", "a parrot", "a baby elephant", "two cute penguins",
)  # fmt: skip


KINDS = ("animals", "slots", "unseen", "transparent")


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture of the benchmark: what is asked for, with which seed, and where it lies."""

    kind: str  # one of KINDS
    text: str
    seed: int
    file: Path  # below the folder of pictures
    animal: str | None = None  # where the animal is all that is asked for

    @property
    def transparent(self) -> bool:
        return self.kind == "transparent"


def wishes(*, animals: Sequence[str] = ANIMALS, seeds: int = 5) -> list[Wish]:
    """The whole benchmark, first seeds first; no seed is used for two prompts."""
    fewer = max(1, seeds * 2 // 5)
    listed = [
        *(wish for wish in _each("animals", [ONE_ANIMAL.format(animal=a) for a in ANIMALS], seeds, 0, ANIMALS)
          if wish.animal in animals),
        *_each("slots", SLOT_PROMPTS, fewer, 100_000),
        *_each("unseen", UNSEEN_PROMPTS, fewer, 200_000),
        *_each("transparent", TRANSPARENT_PROMPTS, fewer, 300_000),
    ]  # fmt: skip
    return sorted(listed, key=lambda wish: wish.seed % 100)


def quick(listed: Sequence[Wish]) -> list[Wish]:
    """One picture of each twelfth animal, of each eighth slot prompt and of two transparent ones."""
    kinds = {kind: [wish for wish in listed if wish.kind == kind and wish.seed % 100 == 0] for kind in KINDS}
    return [*kinds["animals"][::12], *kinds["slots"][::8], *kinds["unseen"][:2], *kinds["transparent"][:2]]


def _each(kind: str, texts: Sequence[str], seeds: int, first: int, animals: Sequence[str] = ()) -> list[Wish]:
    """Prompt number n has the seeds first + 100 n and on."""
    return [
        Wish(
            kind, text, seed, Path(kind, f"{n:02d}-{_slug(text)}-{seed}.png"), animals[n] if animals else None
        )
        for n, text in enumerate(texts)
        for seed in range(first + 100 * n, first + 100 * n + seeds)
    ]


def _slug(text: str) -> str:
    return text.replace(" ", "-")
