"""Seconds of each stage, alone: by the wall, and in kernels. Knows no rung, no engine and no report.

On a GPU a stage's kernel time is what one traced run of it covers with kernels; a CPU has none.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from pawlette import device as devices
from pawlette.bench.busy import covered
from pawlette.engine.groups import attempt
from pawlette.engine.stages import Model
from pawlette.job import Job, Latents

LONG = 1.5  # seconds: what takes longer is timed once


@dataclass(frozen=True, slots=True)
class Took:
    """One stage, in seconds."""

    wall: float
    kernels: float | None  # in which at least one kernel ran; None where there is no trace


def clock(act: Callable[[], object], device: str, *, traced: bool = True) -> Took:
    """An act that is ready: three runs and their median, or one where it is long; then one under the trace."""
    ended = partial(_finished, act, device)
    runs = [_seconds(ended)]
    if runs[0] < LONG:
        runs += [_seconds(ended), _seconds(ended)]
    on_gpu = traced and device.startswith("cuda")
    return Took(statistics.median(runs), covered(ended) if on_gpu else None)


def _finished(act: Callable[[], object], device: str) -> None:
    """Do it, and wait for what it asked of the device."""
    act()
    devices.finish_work(device)


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def until_no_faster(
    act: Callable[[], float], most: int = 5, *, may: Callable[[], bool] = lambda: True
) -> list[float]:  # fmt: skip
    """Seconds of an act that tells them, twice at least and as long as each is a fifth faster than the last.

    What is compiled, captured or chosen at first use is then done. `may`: whether there is time for another.
    """
    took: list[float] = []
    while len(took) < most and (len(took) < 2 or took[-1] < 0.8 * took[-2]) and may():
        took.append(act())
    return took


def stages(model: Model, jobs: Sequence[Job], device: str, *, traced: bool = True) -> dict[str, Took]:
    """Each stage of one batch of jobs, alone: encode, denoise (all steps together), decode."""
    begun = [model.begin(job, read) for job, read in zip(jobs, model.encode(jobs), strict=True)]
    done = denoised(model, begun)
    rows = fitting(model, done)  # decoded once here: what is made at first use is not timed
    acts: dict[str, Callable[[], object]] = {
        "encode": lambda: model.encode(jobs),
        "denoise": lambda: denoised(model, begun),
        "decode": lambda: [model.decode(done[i : i + rows]) for i in range(0, len(done), rows)],
    }
    return {name: clock(act, device, traced=traced) for name, act in acts.items()}


def denoised(model: Model, latents: Sequence[Latents]) -> Sequence[Latents]:
    while not latents[0].done:
        latents = model.step(latents)
    return latents


def second_step(model: Model, job: Job, device: str) -> float:
    """Seconds of a job's second step: what is chosen at first use lies before it."""
    latents = model.step([model.begin(job, model.encode([job])[0])])
    devices.finish_work(device)
    return _seconds(partial(_finished, partial(model.step, latents), device))


def fitting(model: Model, done: Sequence[Latents]) -> int:
    """How many pictures are decoded together: all, or as many as find memory; as the engine halves them."""
    rows = len(done)
    while isinstance(made := attempt(partial(model.decode, done[:rows])), Exception):
        if rows == 1 or not devices.is_out_of_memory(made):
            raise made
        rows //= 2
    return rows


def differences(ends: dict[str, Took]) -> dict[str, Took]:
    """From acts that each run up to a stage's end, but for `encode`, which is alone: the stages."""
    before = Took(0.0, 0.0)
    found = {}
    for name, end in ends.items():
        kernels = None if end.kernels is None else max(0.0, end.kernels - (before.kernels or 0.0))
        found[name] = Took(max(0.0, end.wall - before.wall), kernels)
        before = end
    return found


def operations(model: Model, job: Job) -> int:
    """Floating-point operations of one denoising step of one job, counted from the plain model's own calls."""
    (conditioning,) = model.encode([job])
    begun = model.begin(job, conditioning)
    with FlopCounterMode(display=False) as counter:
        model.step([begun])
    return int(counter.get_total_flops())


def matmul_rate(device: str, side: int = 8192, repeats: int = 20) -> float | None:
    """Operations a second of a bfloat16 product of this card, measured now: what MFU is a share of. None on a CPU."""
    if not device.startswith("cuda"):
        return None
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))

    def act() -> Any:
        for _ in range(repeats):
            a @ b

    act()
    return repeats * 2 * side**3 / clock(act, device, traced=False).wall
