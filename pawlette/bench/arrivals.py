"""`pawlette bench load`: jobs of mixed shapes, steps and guidance that come when they come, and how long they wait.

A closed loop finds the engine's capacity; then jobs arrive at random (Poisson) at shares of it. A job's latency runs
from its arrival to its finished file's bytes. The sequential baseline is a queue before one server: from the service
times measured here, its latencies under the same arrivals follow exactly, and are computed rather than waited for.
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pawlette.bench import flat
from pawlette.bench.machine import machine
from pawlette.bench.rungs import Rung
from pawlette.bench.streams import percentile
from pawlette.bench.subject import Subject, Wish
from pawlette.engine.stages import Model, prefetch
from pawlette.files import check_folder, write_whole
from pawlette.job import Conditioning, Job, Latents, Picture, Pixels
from pawlette.studio import BUILTIN, Studio

SHARES = (0.5, 0.8, 1.2)  # of the capacity
PATIENCE = 16  # the engine's: how many later jobs may overtake a waiting one
MIXES = {
    "2.1": (Wish(256, 8), Wish(512, 8), Wish(256, 20), Wish(512, 4, 3.0)),
    "1.x": (Wish(256, 8, 4.0), Wish(512, 8, 4.0), Wish(256, 20, 1.0), Wish(512, 4, 4.0)),
    BUILTIN: (Wish(256, 8), Wish(256, 4)),
}
TOYS = (Wish(64, 2), Wish(96, 2), Wish(64, 5), Wish(96, 3, 3.0))


@dataclass(frozen=True, slots=True)
class Bounds:
    """No load takes more jobs than this, nor arrivals for more seconds."""

    jobs: int = 64
    seconds: float = 60.0
    long: int = 0  # jobs of a stream behind the loads, over which memory is watched


class Watched:
    """The model given, noting in which of its steps each job (by its seed) first stood."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.calls = 0
        self.started: dict[int, int] = {}

    def encode(self, jobs: Sequence[Job]) -> Sequence[Conditioning]:
        return self.model.encode(jobs)

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        return self.model.begin(job, conditioning)

    def prefetch(self, latents: Latents) -> None:
        prefetch(self.model, latents)

    def step(self, latents: Sequence[Latents]) -> Sequence[Latents]:
        self.calls += 1
        for row in latents:
            self.started.setdefault(row.job.seed, self.calls)
        return self.model.step(latents)

    def decode(self, latents: Sequence[Latents]) -> Sequence[Pixels]:
        return self.model.decode(latents)


def run(
    subject: Subject, rung: Rung, out: Path, bounds: Bounds, *, say: Callable[[str], object] = print
) -> dict[str, Any]:  # fmt: skip
    """Measure; leaves load.json and load.md in the folder, anew after every load."""
    check_folder(out)
    jobs, *others = (mixed(subject, bounds.jobs, turn) for turn in range(2 + len(SHARES)))
    service = services(subject, jobs, out)
    watched = Watched(subject.shown(subject.ours(rung.switches)))
    with subject.studio(watched, rung) as studio:
        closed(studio, jobs, clients=len(jobs))  # what is made at first use
        busiest = closed(studio, others.pop(), clients=len(jobs))
        capacity = len(jobs) / busiest["seconds"]
        own = len(jobs) / sum(service)
        report = {
            "machine": machine(subject), "rung": rung.name, "batch": rung.batch,
            "mix": sorted({f"{job.width} px, {job.steps} steps, guidance {job.guidance:g}" for job in jobs}),
            "capacity_per_minute": 60 * capacity, "baseline_capacity_per_minute": 60 * own,
            "closed": busiest, "loads": [],
        }  # fmt: skip
        write(report, out)
        for share in SHARES:
            times = poisson(share * capacity, bounds)
            watched.started.clear()
            found = {"share": share} | opened(studio, others.pop(), times, watched)
            found["baseline"] = told(waits(times, service))
            scaled = [moment * capacity / own for moment in times]
            found["baseline_at_its_own_share"] = told(waits(scaled, service))
            report["loads"].append(found)
            write(report, out)
            say(f"{100 * share:.0f} %: p50 {found['p50']:.2f} s, p95 {found['p95']:.2f} s, "
                f"baseline {found['baseline']['p50']:.2f} and {found['baseline']['p95']:.2f} s")  # fmt: skip
        if bounds.long:
            report["memory"] = flat.watched(studio, mixed(subject, bounds.long, turn=3), subject.device)
            write(report, out)
    return report


def mixed(subject: Subject, count: int, turn: int = 0) -> list[Job]:
    """Jobs of the mix's kinds in random order, which is the same in each turn; texts and seeds are others."""
    chance = random.Random(0)
    kinds = MIXES[subject.name] if subject.name == BUILTIN or not subject.small else TOYS
    return [subject.jobs(chance.choice(kinds), 1, first=turn * count + number)[0] for number in range(count)]


def services(subject: Subject, jobs: Sequence[Job], folder: Path) -> list[float]:
    """Seconds of the baseline for each job: of each kind two are drawn, behind one that warms up."""
    kinds: dict[tuple[int, int, float], float] = {}
    for job in jobs:
        kind = job.width, job.steps, job.guidance
        if kind not in kinds:
            taken = [subject.baseline.picture(job, folder).total("default") for _ in range(3)]
            kinds[kind] = statistics.mean(taken[1:])
    return [kinds[job.width, job.steps, job.guidance] for job in jobs]


def poisson(rate: float, bounds: Bounds, seed: int = 1) -> list[float]:
    """Moments of arrival in seconds, `rate` a second on average, within the bounds; at least one."""
    chance, times = random.Random(seed), [0.0]
    while len(times) < bounds.jobs and (later := times[-1] + chance.expovariate(rate)) < bounds.seconds:
        times.append(later)
    return times


class Asked:
    """Jobs under way, and what each waited: from being asked for to its bytes."""

    def __init__(self, studio: Studio, room: int) -> None:
        self.studio, self.room = studio, threading.Semaphore(room)
        self.latencies: list[float] = []
        self._futures: list[Future[Picture]] = []
        self._noted = threading.Semaphore(0)

    def ask(self, job: Job) -> None:
        """Submit as soon as there is room."""
        self.room.acquire()
        start = time.perf_counter()

        def note(_: Future[Picture]) -> None:  # in the engine's own thread: it does no more than this
            self.latencies.append(time.perf_counter() - start)
            self.room.release()
            self._noted.release()

        future = self.studio.submit(job)
        future.add_done_callback(note)
        self._futures.append(future)

    def all(self) -> list[float]:
        """Wait for every picture; raises the error of one that failed."""
        for future in self._futures:
            future.result()
            self._noted.acquire()
        return self.latencies


def closed(studio: Studio, jobs: Sequence[Job], clients: int) -> dict[str, Any]:
    """Clients that each ask for the next picture as soon as they have one."""
    asked, start = Asked(studio, clients), time.perf_counter()
    for job in jobs:
        asked.ask(job)
    latencies = asked.all()
    return {"clients": clients, "seconds": time.perf_counter() - start} | told(latencies)


def opened(studio: Studio, jobs: Sequence[Job], times: Sequence[float], watched: Watched) -> dict[str, Any]:
    """Jobs that arrive at their moments, whatever is under way."""
    asked, start = Asked(studio, len(jobs)), time.perf_counter()
    for job, moment in zip(jobs, times, strict=False):
        time.sleep(max(0.0, start + moment - time.perf_counter()))
        asked.ask(job)
    latencies = asked.all()
    most = max(overtaken([watched.started[job.seed] for job in jobs[: len(times)]]))
    return {
        "arrived": len(times), "seconds": time.perf_counter() - start, "overtaken_most": most,
        "starved": most > PATIENCE, **told(latencies),
    }  # fmt: skip


def overtaken(started: Sequence[int]) -> list[int]:
    """For each job in the order of arrival: how many that came later stood in an earlier step than its first."""
    return [sum(later < own for later in started[i + 1 :]) for i, own in enumerate(started)]


def waits(times: Sequence[float], service: Sequence[float]) -> list[float]:
    """Latencies of one server that takes jobs as they come: each begins when it is there and the last is done."""
    free, found = 0.0, []
    for moment, seconds in zip(times, service, strict=False):
        free = max(free, moment) + seconds
        found.append(free - moment)
    return found


def told(latencies: Sequence[float]) -> dict[str, float]:
    return {
        "p50": percentile(latencies, 0.5),
        "p95": percentile(latencies, 0.95),
        "longest": max(latencies),
    }


def write(report: dict[str, Any], out: Path) -> None:
    write_whole(out / "load.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "load.md", as_markdown(report).encode())


def as_markdown(report: dict[str, Any]) -> str:
    lines = [
        "| load | jobs | p50, p95, longest s | baseline, same arrivals | baseline at that share of its own capacity | "
        "overtaken at most |",
        "|---|---|---|---|---|---|",
    ]
    for one in report["loads"]:
        cells = [_three(part) for part in (one, one["baseline"], one["baseline_at_its_own_share"])]
        lines.append(
            f"| {100 * one['share']:.0f} % | {one['arrived']} | {' | '.join(cells)} | {one['overtaken_most']} |"
        )
    about = (
        f"Capacity {report['capacity_per_minute']:.1f} pictures a minute, of the baseline "
        f"{report['baseline_capacity_per_minute']:.1f}. Rung {report['rung']}; {'; '.join(report['mix'])}."
    )
    made = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    return "\n".join([*lines, "", about, "", *_memory(report.get("memory")), f"{made}."]) + "\n"


def _memory(seen: dict[str, Any] | None) -> list[str]:
    if seen is None:
        return []
    grew = [
        f"{where} {part['mean_mib']:.0f} MiB, {part['per_100_jobs_mib']:+.2f} MiB a hundred jobs"
        for where in ("device", "host")
        if (part := seen[where]) is not None
    ]
    return [
        f"Memory over the second half of {seen['jobs']} jobs: {'; '.join(grew) or 'not counted here'}.",
        "",
    ]


def _three(part: dict[str, float]) -> str:
    return ", ".join(f"{part[name]:.2f}" for name in ("p50", "p95", "longest"))
