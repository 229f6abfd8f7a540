"""A profile of any model folder, from texts or from Jobs: the plain path and the engine beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pawlette import device as devices
from pawlette.bench import profiling
from pawlette.bench.environment import environment
from pawlette.bench.gauge import Gauge
from pawlette.bench.prompts import STUDY
from pawlette.bench.rungs import PLAIN, choose, told
from pawlette.engine.deliver import deliver
from pawlette.files import check_folder
from pawlette.job import Job
from pawlette.model.switches import Switches
from pawlette.studio import Studio, load_model


@dataclass(frozen=True, slots=True)
class Wish:
    """What is profiled. None: the model's own, or what suits the device."""

    texts: tuple[str, ...] = ()
    jobs: int = 4
    size: int | None = None  # pixels on a side
    steps: int | None = None
    guidance: float | None = None
    batch: int | None = None
    rung: str | None = None


def profile_model(
    model: str | Path, wish: Wish, out: Path, *, device: str = "auto", say: Callable[[str], object] = print
) -> dict[str, Any]:  # fmt: skip
    """Jobs of the wish's texts, profiled; raises what a Studio raises for words, sizes and folders."""
    desk = Studio(model, device=devices.choose(device))
    texts, size = wish.texts or STUDY, None if wish.size is None else (wish.size, wish.size)
    jobs = [
        desk.accept(
            texts[seed % len(texts)], seed=seed, size=size, steps=wish.steps, guidance=wish.guidance
        ).job
        for seed in range(wish.jobs)
    ]  # fmt: skip
    return profile_jobs(desk, jobs, out, batch=wish.batch, rung=wish.rung, say=say)


def profile_jobs(
    desk: Studio, jobs: Sequence[Job], out: Path, *, batch: int | None = None, rung: str | None = None,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Profile Jobs that this Studio accepted, whoever made them; leaves its files in the folder."""
    check_folder(out)
    family, device = desk.family, devices.choose(desk.device)
    switches = Switches.best(device, family)
    if rung is not None:
        (chosen,) = choose(family.generation, [rung])
        switches, batch = chosen.switches, batch or chosen.batch
    finish = partial(deliver, labels=desk.labels())
    with Gauge(device) as gauge:
        notes, driver = list(gauge.notes), gauge.driver
    about = {"model": family.name, **environment(device, driver)}
    draw = partial(profiling.run, jobs=jobs, device=device, machine=about, notes=notes, say=say)
    load = partial(load_model, desk.folder, device, decoder=desk.decoder, lora=desk.lora)
    model = load(switches=PLAIN)
    first = draw([profiling.plain(model, finish)], out=out)
    if switches != PLAIN:
        del model  # before another one is loaded
        devices.give_back_memory(device)
        model = load(switches=switches)
    with profiling.engine(model, finish, device=device, batch=batch, about=told(switches)) as way:
        return draw([way], out=out, report=first)
