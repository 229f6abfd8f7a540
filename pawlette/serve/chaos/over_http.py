"""The row of overload over HTTP: what is drawn at the peak and beyond it, and how soon a refusal comes.

The server is the one of `pawlette serve`, with one worker that has what it is given there. As elsewhere, what is lost
or doubled is counted afterwards, in the audit.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from pawlette.serve.chaos.acts import drawn_a_second, expect, in_the_background, seeds, still_open
from pawlette.serve.chaos.server import PORT
from pawlette.serve.chaos.trial import PATIENCE, Trial, until

MANY = 3.0  # times what can be drawn
CLIENTS = 24  # requests at a time
WARM = 4  # pictures drawn before anything is measured
FED = 16  # pictures that wait while the peak is measured: always some, never too many
SETTINGS: dict[str, Any] = {"http": True, "workers": 1, "at_once": None, "most_queued": 40}
"""As `pawlette serve` has them, with a shorter queue, which is full sooner."""


@dataclass
class Clients:
    """Ask for one picture a request. `took`: status -> the seconds that each answer took, connecting included."""

    trial: Trial
    chance: random.Random
    steps: int | None
    took: dict[int, list[float]] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    without_a_time: int = 0  # refusals that did not say when to ask again
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self) -> int:
        """One request; its status, 0 where there was no answer."""
        (seed,) = seeds(self.chance, 1)
        wish = {"text": "a cute panda", "seed": seed} | ({} if self.steps is None else {"steps": self.steps})
        start = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/v1/jobs", json.dumps(wish), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            self._note(0, start)
            return 0
        finally:
            connection.close()
        self._note(answer.status, start)
        if answer.status == 202:
            job = body["jobs"][0]["id"]
            self.trial.accepted[job] = seed
            self.accepted.append(job)
        elif answer.status == 429 and answer.getheader("retry-after") is None:
            self.without_a_time += 1
        return answer.status

    @property
    def port(self) -> int:
        return int((self.trial.folder / PORT).read_text())

    def _note(self, status: int, start: float) -> None:
        with self._lock:
            self.took.setdefault(status, []).append(time.monotonic() - start)

    def feed(self, stop: threading.Event) -> None:
        """As much as is drawn, and no more."""
        line = self.trial.connect()
        while not stop.is_set():
            if still_open(self.trial, line)[0] < FED:
                self.ask()
            else:
                stop.wait(0.02)

    def fill(self) -> None:
        """Until something is refused."""
        end = time.monotonic() + PATIENCE
        while self.ask() != 429:
            expect(time.monotonic() < end, "the queue has no bound")

    def flood(self, rate: float, stop: threading.Event) -> None:
        """So many requests a second, whether or not the ones before were answered."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            due = time.monotonic()
            while not stop.wait(max(0.0, due - time.monotonic())):
                pool.submit(self.ask)
                due += self.chance.expovariate(rate)


def overload_over_http(trial: Trial, chance: random.Random, *, seconds: float, steps: int | None) -> str:
    """Fed first, then flooded: what is drawn a second, and how soon a refusal comes."""
    fed = Clients(trial, chance, steps)
    with in_the_background(fed.feed):
        until(lambda: trial.ask("states")["done"] >= WARM and still_open(trial)[0] >= FED // 2)
        peak = drawn_a_second(trial, seconds)
    flooding = Clients(trial, chance, steps)
    flooding.fill()
    with in_the_background(lambda stop: flooding.flood(MANY * max(peak, 0.1), stop)):
        flooding.took.clear()
        loaded = drawn_a_second(trial, seconds)
    took = {status: sorted(times) for status, times in flooding.took.items()}
    for job in flooding.accepted:  # what still waits need not be drawn
        trial.ask("cancel", job=job)
    trial.wait_ended()
    expect(not took.keys() - {202, 429}, f"answers that are none: { ({s: len(t) for s, t in took.items()}) }")
    expect(flooding.without_a_time == 0, f"{flooding.without_a_time} refusals without Retry-After")
    expect(bool(took.get(429)), "nothing was refused")
    refused, accepted = took[429], took.get(202, [])
    return (
        f"{peak:.2f} pictures/s at the peak, {loaded:.2f} at {MANY:g} times as many requests ({loaded / peak:.1%}); "
        f"{len(refused)} refused: p50 {1e3 * quantile(refused, 0.5):.1f} ms, p99 {1e3 * quantile(refused, 0.99):.1f}, "
        f"at most {1e3 * refused[-1]:.1f}; {len(accepted)} accepted: p50 {1e3 * quantile(accepted, 0.5):.1f} ms, "
        f"p99 {1e3 * quantile(accepted, 0.99):.1f}"
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank; not a number where there is nothing."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
