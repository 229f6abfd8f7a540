"""`pawlette bench`: the study's protocol and the ladder behind it, on one model, in one go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pawlette.bench import bench_report, ladder, plots, protocol
from pawlette.bench.gauge import Gauge
from pawlette.bench.machine import machine
from pawlette.bench.plan import Budget, Plan
from pawlette.bench.prompts import RUNS
from pawlette.bench.protocol import Way
from pawlette.bench.rungs import choose, stepwise
from pawlette.bench.subject import Subject, Wish
from pawlette.files import check_folder, write_whole
from pawlette.model.switches import Switches

QUICK = 130.0  # seconds, after which nothing new is begun: less than three minutes in all
WHOLE = Plan(jobs=16, rounds=3, slice=4)
SHARE = 0.5  # of a budget, for the protocol


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured. `rungs`: of the ladder, None for those that suit the device; () for none."""

    runs: int = RUNS
    plan: Plan = WHOLE
    rungs: Sequence[str] | None = None
    rung: str | None = None  # what stands as "engine" in the protocol; None: what suits the device
    quick: bool = False

    @classmethod
    def small(cls, rungs: Sequence[str] | None = None, rung: str | None = None) -> Settings:
        """For `--quick`: spreads of two runs, and ratios of one round."""
        return cls(2, Plan(jobs=4, rounds=1, slice=1, alone=2, budget=QUICK), rungs, rung, quick=True)


def run(
    subject: Subject, wish: Wish, settings: Settings, out: Path, *, command: str, budget: Budget,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Measure all; leaves bench.json, bench.md and three plots in the folder, beside the ladder's own files.

    A run that is cut off leaves in bench.json what the protocol has, and the ladder's own file.
    """
    check_folder(out)
    drawn = out / "pictures"
    check_folder(drawn)
    with Gauge(subject.device) as gauge:
        report: dict[str, Any] = {
            "title": f"{subject.name}{' (toy sizes)' if subject.small else ''} on {machine(subject)['device']}",
            "command": command, "machine": machine(subject, gauge.driver), "notes": gauge.notes,
            "protocol": {}, "ladder": None, "seconds": 0.0,
        }  # fmt: skip
        ways = [Way("plain", inline=True), engine_of(subject, settings)]
        own = Budget(budget.left * SHARE)

        def keep(found: dict[str, Any]) -> None:
            write_whole(out / "bench.json", as_json(report | {"protocol": found}))

        report["protocol"] = protocol.run(
            subject, ways, wish, drawn, runs=settings.runs, gauge=gauge, budget=own, save=keep, say=say
        )  # fmt: skip
        names = stepwise(subject.device, quick=settings.quick) if settings.rungs is None else settings.rungs
        if names:
            report["ladder"] = ladder.run(
                subject, [wish], out, settings.plan, names=names, budget=budget, gauge=gauge, say=say
            )
    report["seconds"] = time.perf_counter() - budget.start
    write(report, out)
    return report


def engine_of(subject: Subject, settings: Settings) -> Way:
    """What stands beside the plain path in the protocol."""
    if settings.rung is None:
        return Way("engine", Switches.best(subject.device, subject.family))
    (chosen,) = choose(subject.family.generation, [settings.rung])
    return Way("engine", chosen.switches, chosen.batch)


def as_json(report: dict[str, Any]) -> bytes:
    return (json.dumps(report, indent=1) + "\n").encode()


def write(report: dict[str, Any], out: Path) -> None:
    write_whole(out / "bench.json", as_json(report))
    drawn = [path.name for path in plots.bench(report, out)]
    write_whole(out / "bench.md", bench_report.as_markdown(report, drawn).encode())
