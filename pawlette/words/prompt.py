"""A Scene in a style -> the text that a model reads. Knows nothing of models."""

from dataclasses import dataclass

from pawlette.words.scene import Scene


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model reads. Made by `compose`, so that it exists only behind the safety gate."""

    text: str
    negative: str
    scene: Scene | None  # None in studio mode, where an adult's open text was let through
    style: str
