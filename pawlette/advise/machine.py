"""The device of this machine as a Card. Imports torch when it is asked."""

from __future__ import annotations

import dataclasses
import os

from pawlette.advise import cards
from pawlette.advise.cards import Card
from pawlette.advise.constants import CONTEXT, GIB
from pawlette.errors import BadJob

UNKNOWN_HOST = 8.0  # GiB, where the system does not tell


def here(device: str = "auto") -> Card:
    """What --device means, with the memory that is free now. Raises BadJob where it is not there."""
    from pawlette import device as devices

    chosen = devices.several(device)[0]
    if chosen.startswith("cuda"):
        return _cuda(chosen)
    if chosen.startswith("mps"):
        return Card("this Mac", _host_memory(), 68, 2.6, 2.6, kind="mps", assumed=True)
    return cards.processor(_cores(), _host_memory())


def _cuda(device: str) -> Card:
    from pawlette import device as devices

    name, capability = devices.named(device), devices.capability(device)
    total, free = devices.total_memory(device) / GIB, (devices.free_memory(device) or 0) / GIB
    try:
        card = cards.find(name)
    except BadJob:
        card = cards.custom(total, ".".join(map(str, capability)), name)
    # This process has made its own context by asking, which the card's room counts already.
    others = max(0.0, total - free - CONTEXT / GIB)
    return dataclasses.replace(card, memory=total, capability=capability, others=others)


def _cores() -> int:
    from torch import get_num_threads

    return get_num_threads()


def _host_memory() -> float:
    """GiB of the computer's memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (AttributeError, ValueError, OSError):  # not on Windows
        return UNKNOWN_HOST
