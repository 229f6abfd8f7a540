"""The nouns of the animal art: what is asked for (Look), and what is drawn (Sprite).

Knows nothing of species, shapes or scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

EXPRESSIONS = ("smiling", "happy", "laughing", "sleepy", "winking", "surprised", "neutral")
POSES = ("sitting", "standing", "waving", "jumping", "sleeping", "swimming", "flying", "holding")
VIEWS = ("front", "three-quarter", "side")
LAYERS = ("back", "body", "head", "front_arm")

Anchor = tuple[float, float, float]  # x, y, size


@dataclass(frozen=True, slots=True)
class Look:
    """How one animal is to be drawn; a body that lacks a pose or a view takes the nearest that it has."""

    species: str
    colour: str | None = None  # None is a natural colour
    expression: str = "smiling"
    pose: str = "sitting"
    baby: bool = False
    fluffy: bool = False
    facing: int = 1  # 1 looks to the right, -1 to the left
    view: str = "front"


@dataclass(frozen=True, slots=True)
class Sprite:
    """One drawn animal: SVG fragments back to front, all inside (0, 0, width, height), feet at the bottom."""

    layers: tuple[tuple[str, str], ...]  # (name, fragment); accessories go between them
    width: float
    height: float
    anchors: dict[str, Anchor | None]
    tilt: float = 0.0  # degrees clockwise by which the head leans

    @property
    def svg(self) -> str:
        return "".join(fragment for _, fragment in self.layers)
