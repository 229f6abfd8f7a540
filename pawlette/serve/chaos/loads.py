"""The rows of many jobs: a storm of kills, overload, one owner's flood, and work without an end.

As in `rows`, what is lost or doubled is counted afterwards, in the audit.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time

from pawlette.errors import QueueFull
from pawlette.serve.chaos.acts import drawn_a_second, expect, in_the_background, insist, seeds, still_open
from pawlette.serve.chaos.trial import Gone, Trial, until
from pawlette.serve.jobs import ATTEMPTS

CROWD = 40  # jobs that may wait in the row `overload`


def storm(trial: Trial, chance: random.Random, *, jobs: int = 200, kills: int = 30, steps: int = 8) -> str:
    """Jobs of three owners, while workers and the server are killed and once the server is asked to end."""
    requests, left = [], jobs
    while left:
        requests.append(seeds(chance, min(left, chance.randint(1, 4))))
        left -= len(requests[-1])

    def ask(_stop: threading.Event) -> None:
        for number, given in enumerate(requests):
            insist(trial, given, f"storm-{number}", owner="abc"[number % 3], steps=steps)

    killed = servers = spared = 0
    with in_the_background(ask):
        while killed < kills:
            time.sleep(chance.uniform(0.02, 0.3))
            try:
                victims = [(pid, most) for pid, draws, most in trial.ask("workers") if draws]
            except Gone:
                trial.start()
                continue
            # A third end would make an innocent job poison: that is the promise, and another row's.
            fair = [pid for pid, most in victims if most < ATTEMPTS]
            spared += len(victims) - len(fair)
            if fair:
                os.kill(chance.choice(fair), signal.SIGKILL)
                killed += 1
            elif not victims and len(trial.accepted) >= jobs and not sum(still_open(trial)):
                expect(False, f"all jobs were drawn before {kills} workers could be killed; take more --jobs")
            if killed in (kills // 4, kills // 2) and servers < 1 + (killed >= kills // 2):
                trial.kill()
                servers += 1
                trial.start()
            elif killed == 3 * kills // 4 and servers == 2:
                code = trial.end()
                expect(code == 0, f"the server ended with {code} at SIGTERM")
                servers += 1
                trial.start()
        until(lambda: len(trial.accepted) >= jobs, what="not every request was answered")
    trial.wait_ended()
    return f"{killed} workers and {servers - 1} servers killed, 1 SIGTERM; {spared} times spared at the last attempt"


def overload(trial: Trial, chance: random.Random, *, seconds: float = 4.0) -> str:
    """Three times as many requests as can be drawn: refused with a time to wait, and drawing goes on as fast."""

    def supply(stop: threading.Event) -> None:
        line = trial.connect()
        while not stop.is_set():
            if sum(still_open(trial, line)) < 24:
                trial.submit(seeds(chance, 8), steps=2, line=line)
            stop.wait(0.02)

    with in_the_background(supply):
        peak = _kept_busy(trial, seconds)
    refused, sent, longest, told = 0, 0, 0, 0.0

    def flood(stop: threading.Event) -> None:
        nonlocal refused, sent, longest, told
        line = trial.connect()
        while not stop.wait(4 / (3 * max(peak, 1.0))):
            sent += 1
            try:
                trial.submit(seeds(chance, 4), steps=2, line=line)
            except QueueFull as error:
                refused, told = refused + 1, error.retry_after
            longest = max(longest, still_open(trial, line)[0])

    with in_the_background(flood):
        until(lambda: refused > 0, what="the queue has no bound")
        loaded = _kept_busy(trial, seconds)
    expect(longest <= CROWD, f"{longest} waited where {CROWD} may")
    trial.wait_ended()
    return (
        f"{peak:.1f} pictures/s alone, {loaded:.1f} overloaded ({loaded / peak:.0%}); {refused} of {sent} requests "
        f"refused, told to wait {told:.1f} s; {longest} waited at most"
    )


def soak(trial: Trial, chance: random.Random, *, seconds: float) -> str:
    """Work without an end: memory, descriptors and threads of the server and its workers, early and late."""
    drawn, end = 0, time.monotonic() + seconds
    early: list[tuple[int, int, int]] | None = None
    while time.monotonic() < end:
        trial.wait_ended(trial.submit(seeds(chance, 20), steps=2))
        drawn += 20
        if early is None and time.monotonic() > end - 2 * seconds / 3:
            early = trial.ask("memory")
    late, early = trial.ask("memory"), early or []
    told = [
        f"{name} {was[0] / 1024:.1f} to {now[0] / 1024:.1f} MiB, {was[1]} to {now[1]} descriptors, "
        f"{was[2]} to {now[2]} threads"
        for name, was, now in zip(("server", "worker 1", "worker 2"), early, late, strict=False)
    ]
    return f"{drawn} pictures; from a third of the time to its end: {'; '.join(told)}"


def _kept_busy(trial: Trial, seconds: float) -> float:
    """Pictures a second, once the workers have enough to do."""
    until(lambda: still_open(trial)[1] >= 4)
    return drawn_a_second(trial, seconds)


def flooding(trial: Trial, chance: random.Random) -> str:
    """One owner asks for sixty at once; who asks for one then is not kept waiting behind them."""

    def wait_of(owner: str) -> float:
        start = time.monotonic()
        trial.wait_ended(trial.submit(seeds(chance, 1), owner=owner))
        return time.monotonic() - start

    # Alone: one picture with another owner's single picture always before it, the fair share of two.
    trial.submit(seeds(chance, 8), owner="calm")
    alone = wait_of("someone")
    trial.wait_ended()
    trial.submit(seeds(chance, 60), owner="flood")
    waits = sorted(wait_of("someone") for _ in range(5))
    behind = still_open(trial)[0]
    trial.wait_ended()
    expect(behind > 0, "the flood was over before the others had asked")
    return f"waited {waits[-1]:.2f} s at most beside 60 of another's, {alone:.2f} s beside 8"
