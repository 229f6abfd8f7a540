"""ROOM 1: a child's words -> Prompt. Needs no torch; knows nothing of models, files or the web."""

from pawlette.words.lexicon import animals, name, nearest
from pawlette.words.prompt import Prompt, compose
from pawlette.words.read import Reading, read, understand
from pawlette.words.scene import Creature, Scene
from pawlette.words.styles import STYLES, Style

__all__ = [
    "STYLES",
    "Creature",
    "Prompt",
    "Reading",
    "Scene",
    "Style",
    "animals",
    "compose",
    "name",
    "nearest",
    "read",
    "understand",
]
