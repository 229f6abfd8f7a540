"""A card -> the engine's settings, with what to expect and why. Tables and arithmetic: imports no torch.

from pawlette.advise import advise, find
advise(find("RTX 4090"), "2.1").settings
"""

from pawlette.advise.advice import Advice, advise, advise_all, chosen
from pawlette.advise.cards import CARDS, Card, custom, find, processor
from pawlette.advise.choice import Settings, Wish

__all__ = [
    "CARDS", "Advice", "Card", "Settings", "Wish", "advise", "advise_all", "chosen", "custom", "find", "processor",
]  # fmt: skip
