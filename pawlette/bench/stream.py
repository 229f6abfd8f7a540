"""`pawlette bench stream`: a list of pictures, one after the other and through the engine: seconds, and equal bytes.

All ways take turns, round after round, so that a slow minute of the machine is shared by all; ratios are of one round.
A picture that differs by a byte is counted where rows go alone, and by its furthest pixel where they share a batch.
"""

from __future__ import annotations

import io
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from pawlette import device as devices
from pawlette.engine.deliver import deliver
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import Deliver, Model, run_inline
from pawlette.files import check_folder, write_whole
from pawlette.job import Job
from pawlette.studio import Studio, version

TEXTS = (
    "a cute panda", "two foxes in the snow", "a smiling dolphin", "a bunny with a red hat in the garden",
    "一只可爱的猫", "a bear under a rainbow", "three ducks on a lake", "a sleepy lion at night",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """How the list is drawn: inline, or by an engine of these settings (None: as the engine has it)."""

    name: str
    inline: bool = False
    batch: int | None = None
    lanes: int | None = None
    threads: int | None = None


INLINE = Way("one after the other", inline=True)
ENGINE = Way("engine")


def ways(cores: int) -> tuple[Way, ...]:
    """The plain twin, the engine as it is, and what it might have been."""
    return (
        INLINE, ENGINE, Way("engine, one lane of all cores", lanes=1, threads=cores),
        Way("engine, one lane of half the cores", lanes=1, threads=max(1, cores // 2)),
        Way("engine, two rows a forward", batch=2, lanes=1, threads=cores),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One way in one round, in seconds a picture."""

    way: str
    seconds: float
    processor: float  # of all cores together
    load: float  # the machine's, before


@dataclass(frozen=True, slots=True)
class Result:
    """One way over all rounds. `ratio`: how many times as many pictures as inline in the same round."""

    way: Way
    seconds: float  # a picture, median
    lowest: float
    highest: float
    processor: float
    ratio: float
    ratios: tuple[float, ...]
    other_bytes: int  # pictures that are not inline's, byte for byte
    furthest: int  # the largest difference of a pixel, of 255


def run(
    studio: Studio, out: Path, *, pictures: int = 16, rounds: int = 3, steps: int | None = None,
    jobs: Sequence[Job] | None = None, only: Sequence[Way] | None = None, say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Measure; leaves stream.json and stream.md in the folder. `jobs` stand in place of its own `pictures`."""
    check_folder(out)
    device, model, cores = devices.choose(studio.device), studio.load(), torch.get_num_threads()
    if jobs is None:
        jobs = [studio.accept(TEXTS[i % len(TEXTS)], seed=i, steps=steps).job for i in range(pictures)]
    finish = partial(deliver, labels=studio.labels())
    chosen, runs, drawn = tuple(only or ways(cores)), list[Run](), dict[Way, list[bytes]]()
    draw(model, jobs[:2], ENGINE, device, finish)  # what is made at first use is not measured
    for number in range(rounds):
        for way in chosen if number % 2 == 0 else reversed(chosen):
            one, drawn[way] = timed(way, partial(draw, model, jobs, way, device, finish), len(jobs))
            runs.append(one)
            say(f"round {number + 1}, {way.name}: {one.seconds:.2f} s a picture, load {one.load:.1f}")
    results = [result(way, runs, drawn) for way in chosen]
    report = {
        "machine": machine(device, cores), "model": studio.family.name, "pictures": len(jobs), "rounds": rounds,
        "size": jobs[0].shape, "steps": jobs[0].steps, "results": [*map(asdict, results)],
        "runs": [*map(asdict, runs)],
    }  # fmt: skip
    write_whole(out / "stream.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "stream.md", as_markdown(report, results).encode())
    return report


def draw(model: Model, jobs: Sequence[Job], way: Way, device: str, finish: Deliver) -> list[bytes]:
    """All jobs' files, in order."""
    if way.inline:
        return [run_inline(model, job, finish).data for job in jobs]
    engine = Pipeline(model, device=device, batch=way.batch, lanes=way.lanes, threads=way.threads)
    with engine:
        return [future.result().data for future in [engine.submit(job, finish) for job in jobs]]


def timed(way: Way, act: Callable[[], list[bytes]], pictures: int) -> tuple[Run, list[bytes]]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # Windows has none
    wall, processor = time.perf_counter(), time.process_time()
    files = act()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return Run(way.name, round(wall / pictures, 3), round(processor / pictures, 3), round(load, 2)), files


def result(way: Way, runs: Sequence[Run], drawn: dict[Way, list[bytes]]) -> Result:
    own, plain = ([one for one in runs if one.way == name] for name in (way.name, INLINE.name))
    ratios = [round(p.seconds / o.seconds, 2) for o, p in zip(own, plain, strict=True)]
    pairs = list(zip(drawn[way], drawn[INLINE], strict=True))
    seconds = [one.seconds for one in own]
    return Result(
        way, statistics.median(seconds), min(seconds), max(seconds),
        statistics.median(one.processor for one in own), statistics.median(ratios), tuple(ratios),
        sum(ours != plain for ours, plain in pairs), max(furthest(ours, plain) for ours, plain in pairs),
    )  # fmt: skip


def furthest(ours: bytes, plain: bytes) -> int:
    """The largest difference between two files' pixels."""
    a, b = (np.asarray(Image.open(io.BytesIO(data))).astype(int) for data in (ours, plain))
    return int(np.abs(a - b).max())


def machine(device: str, cores: int) -> dict[str, str]:
    return {
        "device": device, "threads": str(cores), "processor": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "torch": torch.__version__, "pawlette": version(),
    }  # fmt: skip


def as_markdown(report: dict[str, Any], results: Sequence[Result]) -> str:
    lines = [
        "| way | seconds a picture, median (lowest to highest) | processor seconds | pictures against one after the "
        "other, median (each round) | other bytes | furthest pixel |",
        "|---|---|---|---|---|---|",
    ]
    for one in results:
        rounds = ", ".join(f"{ratio:.2f}" for ratio in one.ratios)
        lines.append(
            f"| {one.way.name} | {one.seconds:.2f} ({one.lowest:.2f} to {one.highest:.2f}) | {one.processor:.2f} | "
            f"{one.ratio:.2f} ({rounds}) | {one.other_bytes} of {report['pictures']} | {one.furthest} |"
        )
    height, width = report["size"]
    told = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    about = (
        f"{report['pictures']} pictures, {width}x{height}, {report['steps']} steps, {report['rounds']} rounds"
    )
    return "\n".join([*lines, "", f"{about}; {told}."]) + "\n"
