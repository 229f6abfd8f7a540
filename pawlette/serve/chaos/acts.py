"""What the rows do again and again. Knows no row."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from pawlette.errors import QueueClosed, QueueFull
from pawlette.serve.chaos.trial import PATIENCE, Gone, OutOfTime, Trial

Row = Callable[[Trial, random.Random], str]


class Broken(Exception):
    """A promise that did not hold."""


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


def seeds(chance: random.Random, count: int) -> list[int]:
    return [chance.randrange(1_000_000, 2**32) for _ in range(count)]


def insist(trial: Trial, given: list[int], key: str, owner: str = "", steps: int = 4) -> list[str]:
    """Submit as a good client does: again with the same key, until it is answered."""
    line, end = None, time.monotonic() + 2 * PATIENCE
    while time.monotonic() < end:
        try:
            line = line or trial.connect()
            return trial.submit(given, key=key, owner=owner, steps=steps, line=line)
        except Gone:
            line = None
            time.sleep(0.05)
        except (QueueClosed, QueueFull):
            time.sleep(0.1)
    raise OutOfTime(f"a request was not answered within {2 * PATIENCE:g} s")


@contextlib.contextmanager
def in_the_background(act: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Something that goes on meanwhile, until it ends or the block does."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(act, stop)
        try:
            yield stop
        finally:
            stop.set()
        running.result()


def still_open(trial: Trial, line: Connection | None = None) -> tuple[int, int]:
    """How many wait, and how many are drawn."""
    states = trial.ask("states", line)
    return states["queued"], states["running"]


def drawn_a_second(trial: Trial, seconds: float) -> float:
    """Pictures that become done meanwhile."""
    line = trial.connect()
    before, start = trial.ask("states", line)["done"], time.monotonic()
    time.sleep(seconds)
    return float(trial.ask("states", line)["done"] - before) / (time.monotonic() - start)
