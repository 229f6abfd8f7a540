"""The advisor's prediction of memory against what PyTorch measures, on cards of every size that one GPU can imitate.

    python runs/memory_check.py --out DIR [--budget SECONDS] [--models builtin,2.1,1.x]
    python runs/memory_check.py --out DIR --small                 toy sizes, on a CPU too: does everything run?

For each model, once with all parts on the device and once with its parts in turns, one picture of two steps is drawn
for every imitated card: PyTorch is given what a card of so many GiB would leave it (`device.limit_memory`). A cell says
what was predicted, whether it was predicted to fit, whether it did, and the peaks that PyTorch counted, by stage.
Weights are made on the device, once a case; in turns, a part is moved once and its stage is run for all cards. They are
random: nothing is downloaded. Leaves memory.json and memory.md in the folder, written anew after every stage; what does
not fit in the budget is named. At the end stand the constants of pawlette/advise/constants.py as measured here:
CONTEXT, what the process holds of the card beside PyTorch; SLACK, what PyTorch reserves beyond its tensors, as a share
of a stage's work: where memory was short, which is the advisor's, and without a limit, where it takes what it finds.
"""

import argparse
import gc
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from memory_table import as_markdown

from pawlette import device as devices
from pawlette.advise import constants, memory
from pawlette.advise.cards import matrix_workspace
from pawlette.advise.sizes import Sizes
from pawlette.bench.held_weights import loaded, sharing
from pawlette.bench.true_shapes import build
from pawlette.errors import DrawingFailed
from pawlette.job import Job
from pawlette.model.switches import Switches
from pawlette.studio import Studio, builtin_folder

GIB = constants.GIB
CARDS = (4, 6, 8, 12, 16, 24, 40)  # GiB
STEPS = 2
CELL = 12.0  # seconds: a cell that takes longer is its stage's last
LEAST = 8.0  # seconds left, below which no case is begun
MOVED = 1.5e9  # bytes a second, at the worst, between a device and the host's memory
TEXT = "a cute panda that eats an apple under a rainbow in a meadow"


@dataclass(frozen=True)
class Case:
    """One model, loaded in one way; `turns`: also with its parts in turns."""

    model: str
    size: int
    guidance: float
    switches: Switches
    turns: bool = True

    @property
    def name(self) -> str:
        on = self.switches
        extra = [name for name in ("prefix", "table", "folded") if getattr(on, name)]
        return ", ".join([self.model, f"{self.size}²", on.precision, *extra])


PLAIN, FP32, FP8 = (Switches(precision=name) for name in ("bf16", "fp32", "fp8"))
CASES = (  # the smallest first: what goes wrong is seen early
    Case("builtin", 256, 1.0, PLAIN),
    Case("builtin", 512, 1.0, PLAIN, turns=False),
    Case("builtin", 256, 1.0, FP32, turns=False),
    Case("2.1", 1024, 1.0, PLAIN),
    Case("1.x", 1024, 4.0, Switches(precision="bf16", table=True, folded=True)),
    Case("2.1", 1024, 1.0, Switches(precision="bf16", prefix=True, folded=True), turns=False),
    Case("2.1", 1024, 1.0, FP8, turns=False),
    Case("2.1", 512, 1.0, Switches(precision="fp16"), turns=False),
    Case("1.x", 1024, 4.0, PLAIN, turns=False),
)
MODELS = tuple(dict.fromkeys(case.model for case in CASES))


def main() -> None:
    options = read_options()
    run = Run(options.out, options.budget, devices.choose(options.device), options.small, time.monotonic())
    if not options.small and not run.counts:
        sys.exit("no CUDA device: true shapes need one; --small runs toy sizes on a CPU")
    options.out.mkdir(parents=True, exist_ok=True)
    for case in cases_of(options):
        run.case(case)
    run.write()
    print((options.out / "memory.md").read_text(encoding="utf-8"))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=175.0, help="seconds for everything")
    parser.add_argument("--models", help=f"only these, with commas between them: {','.join(MODELS)}")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def cases_of(options: argparse.Namespace) -> list[Case]:
    wanted = MODELS if options.models is None else options.models.split(",")
    if unknown := [name for name in wanted if name not in MODELS]:
        sys.exit(f"no model {unknown[0]!r}; there are {', '.join(MODELS)}")
    chosen = [case for case in CASES if case.model in wanted]
    return list(dict.fromkeys(map(toy, chosen))) if options.small else chosen


def toy(case: Case) -> Case:
    """The same at a size that a CPU does in a second, in the float32 that it has."""
    size = 256 if case.model == "builtin" else 64
    return replace(case, size=size, switches=replace(case.switches, precision="fp32"))


@dataclass
class Run:
    """What was measured so far, and the time that is left."""

    out: Path
    budget: float  # seconds
    device: str
    small: bool
    started: float
    cells: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)  # bytes of the device that are not PyTorch's

    @property
    def cards(self) -> tuple[int, ...]:
        return CARDS[:1] if self.small else CARDS

    @property
    def took(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        return self.budget - self.took

    @property
    def counts(self) -> bool:
        """Whether PyTorch counts this device's memory."""
        return self.device.startswith("cuda")

    def case(self, case: Case) -> None:
        """One model in one way; what goes wrong there does not end the others."""
        if self.left < LEAST:
            self.skipped.append(f"{case.name}: no time left")
            return
        try:
            with tempfile.TemporaryDirectory(prefix="pawlette-") as folder:
                drawn = made(case, Path(folder), self.device, small=self.small)
                self.let_go()
                print(f"{case.name}: there after {self.took:.0f} s", flush=True)
                self.series(drawn, in_turns=False)
                if case.turns:
                    self.series(drawn, in_turns=True)
        except Exception as error:
            self.skipped.append(f"{case.name}: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
            print(self.skipped[-1], flush=True)
        drawn = None
        self.let_go()
        self.write()

    def series(self, drawn: "Drawn", *, in_turns: bool) -> None:
        """Stage by stage: first without a limit, which makes what the next stage is given, then for each card."""
        rows = {card: self.row(drawn, card, in_turns) for card in (None, *self.cards)}
        given: Any = None
        for stage in memory.STAGES:
            part = getattr(drawn.need, stage).weights
            if in_turns and self.left < LEAST + 2 * part / MOVED:
                self.skipped.append(f"{drawn.case.name}, in turns: no time left to move parts for {stage}")
                return
            if in_turns:
                drawn.model.bring(stage)
            act = partial(drawn.stage, stage, given)
            given, rows[None]["stages"][stage] = self.cell(None, act)
            if not rows[None]["stages"][stage]["fits"]:
                raise RuntimeError(f"{stage} does not fit even without a limit")
            for card in self.cards:
                if self.left < LEAST:
                    self.skipped.append(f"{drawn.case.name}, {stage}, from {card} GiB: no time left")
                    break
                _, found = self.cell(card, act)
                rows[card]["stages"][stage] = found
                if found["seconds"] > CELL:
                    self.skipped.append(f"{drawn.case.name}, {stage}, behind {card} GiB: {CELL:g} s a cell")
                    break
            self.write()

    def row(self, drawn: "Drawn", card: int | None, in_turns: bool) -> dict[str, Any]:
        """What is predicted of a card, before anything is run."""
        need, room = drawn.need, None if card is None else room_of(card)
        allocated = {stage: need.allocated(stage, in_turns=in_turns) for stage in memory.STAGES}
        most = need.reserved_in_turns() if in_turns else need.reserved(max(allocated.values()))
        found: dict[str, Any] = {
            "case": drawn.case.name, "in_turns": in_turns, "card_gib": card, "room": room, "predicted": allocated,
            "predicted_reserved": most, "predicted_fits": room is None or most <= room, "weights": need.weights,
            "work": {stage: getattr(need, stage).work for stage in memory.STAGES}, "stages": {},
        }  # fmt: skip
        self.cells.append(found)
        return found

    def cell(self, card: int | None, act: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        """One stage under a limit: what it made; and whether it fitted, its seconds, PyTorch's own peaks."""
        devices.give_back_memory(self.device)
        if self.counts:
            devices.limit_memory(self.device, None if card is None else room_of(card))
        devices.forget_peak_memory(self.device)
        made, found, start = None, dict[str, Any](fits=True), time.perf_counter()
        try:
            made = act()
            devices.finish_work(self.device)
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
            found |= {"fits": False, "why": str(error).partition("\n")[0][:200]}
            error.__traceback__ = None  # its frames hold tensors
        finally:
            if self.counts:
                devices.limit_memory(self.device, None)
        found["seconds"] = round(time.perf_counter() - start, 3)
        found["allocated"] = devices.peak_memory(self.device)
        found["reserved"] = devices.peak_reserved_memory(self.device)
        if card is not None and found["fits"] and (found["reserved"] or 0) > room_of(card):
            # Little work may find room between weights that such a card could not have taken in.
            found |= {"fits": False, "why": "what lay there already is more than the card has"}
        if (outside := devices.outside_memory(self.device)) is not None:
            self.outside.append(outside)
        return made, found

    def let_go(self) -> None:
        """Of what nothing refers to any more. Takes half a second, so not around every cell."""
        gc.collect()
        devices.give_back_memory(self.device)

    def write(self) -> None:
        report = {
            "machine": {
                "device": devices.named(self.device), "small": self.small, "python": platform.python_version(),
                "torch": torch.__version__,
            },
            "cells": self.cells, "skipped": self.skipped, "constants": self.constants(), "seconds": round(self.took, 1),
        }  # fmt: skip
        (self.out / "memory.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        (self.out / "memory.md").write_text(as_markdown(report), encoding="utf-8")

    def constants(self) -> dict[str, Any]:
        """What the advisor's named constants would be by this run; None where nothing was counted."""
        free, short = self.slack(limited=False), self.slack(limited=True)
        return {
            "CONTEXT": {"used": constants.CONTEXT, "measured": max(self.outside, default=None)},
            "SLACK": {"used": constants.SLACK, "measured": max(short, default=None),
                      "unlimited": median(free) if free else None, "unlimited_most": max(free, default=None)},
        }  # fmt: skip

    def slack(self, *, limited: bool) -> list[float]:
        """What PyTorch reserved beyond its tensors, as shares of each stage's work: without a limit; or where a stage
        fitted into less than it had taken without one, so that memory was short."""
        taken = {
            (cell["case"], cell["in_turns"], stage): found["reserved"]
            for cell in self.cells if cell["card_gib"] is None for stage, found in cell["stages"].items()
        }  # fmt: skip
        shares = []
        for cell in self.cells:
            for stage, found in cell["stages"].items():
                work, room = cell["work"][stage], cell["room"]
                if work <= 0.2 * GIB or not found["allocated"] or not found["fits"]:
                    continue  # smaller work drowns in the sizes of segments
                short = room is not None and taken[cell["case"], cell["in_turns"], stage] > room
                if short if limited else room is None:
                    shares.append((found["reserved"] - found["allocated"]) / work)
        return shares


class Drawn:
    """A loaded model, its job and what is predicted of it; runs one stage at a time."""

    def __init__(self, model: Any, folder: Path, case: Case) -> None:
        self.model, self.job, self.case = model, job_of(folder, case), case
        device = str(model.device)
        capability = devices.capability(device) if device.startswith("cuda") else None
        load = memory.Load(
            case.switches, case.size, case.size, guided=case.guidance > 1.0,
            text_tokens=model.text.length(self.job.prompt.text),
        )  # fmt: skip
        self.need = memory.need(Sizes.from_folder(folder), load, workspace=matrix_workspace(capability))

    def stage(self, name: str, given: Any) -> Any:
        """ "encode": None -> conditioning; "denoise": conditioning -> finished latents; "decode": latents -> None."""
        if name == "encode":
            return self.model.encode([self.job])[0]
        if name == "denoise":
            latents = self.model.begin(self.job, given)
            while not latents.done:
                latents = self.model.step([latents])[0]
            return latents
        with suppress(DrawingFailed):  # random weights may draw what is no picture; the memory is the same
            self.model.decode([given])
        return None


def made(case: Case, folder: Path, device: str, *, small: bool) -> Drawn:
    """A case's model, alone on the device: what its weights were shared with is let go."""
    dtype = devices.DTYPES[case.switches.precision]
    if case.model == "builtin":
        return Drawn(
            loaded(builtin_folder(), case.switches, device=device, dtype=dtype), builtin_folder(), case
        )
    reference = build(case.model, folder, device=device, dtype=devices.dtype_for(device), small=small)
    with sharing(reference):
        drawn = Drawn(loaded(folder, case.switches, device=device, dtype=dtype), folder, case)
        drawn.model.make_table((case.size, case.size), STEPS)  # later its weights are gone
    return drawn


def job_of(folder: Path, case: Case) -> Job:
    size = (case.size, case.size)
    return Studio(folder).accept(TEXT, seed=0, size=size, steps=STEPS, guidance=case.guidance).job


def room_of(card: int) -> int:
    """Bytes that PyTorch has on a card of so many GiB."""
    return card * GIB - constants.CONTEXT


if __name__ == "__main__":
    main()
