"""The advisor's prediction of memory against what PyTorch measures, on cards of every size that one GPU can imitate.

    python runs/memory_check.py --out DIR [--budget SECONDS] [--models builtin,2.1,1.x]
    python runs/memory_check.py --out DIR --small                 toy sizes, on a CPU too: does everything run?

For each model, once with all parts on the device and once with its parts in turns, one picture of two steps is drawn for
every imitated card: PyTorch is given what a card of so many GiB would leave it (`device.limit_memory`). A cell says what
was predicted, whether it was predicted to fit, whether it did, and the peaks that PyTorch counted, stage by stage. Each
model is made once; in turns, a part is moved once and its stage is run for all cards. Random weights: nothing is
downloaded. Leaves memory.json and memory.md in the folder, written anew after every cell; what does not fit in the budget
is named. At the end stand the constants of pawlette/advise/constants.py as they were measured here.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from memory_table import as_markdown

from pawlette import device as devices
from pawlette.advise import constants, memory
from pawlette.advise.cards import BLAS_WORKSPACE, BLAS_WORKSPACE_ELSEWHERE
from pawlette.advise.sizes import Sizes
from pawlette.bench.held_weights import loaded, sharing
from pawlette.bench.subject import Wish
from pawlette.errors import PawletteError
from pawlette.job import Job
from pawlette.model.switches import Switches
from pawlette.studio import Studio

GIB = constants.GIB
CARDS = (4, 6, 8, 12, 16, 24, 40)  # GiB
STEPS = 2
CELL = 12.0  # seconds that a cell may take before what is left of its series is skipped


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


PLAIN, ALL = Switches(precision="bf16"), Switches(precision="bf16", prefix=True, folded=True)
CASES = (  # in the order of importance
    Case("2.1", 1024, 1.0, PLAIN),
    Case("1.x", 1024, 4.0, Switches(precision="bf16", table=True, folded=True)),
    Case("builtin", 256, 1.0, PLAIN),
    Case("2.1", 1024, 1.0, ALL, turns=False),
    Case("2.1", 1024, 1.0, Switches(precision="fp8"), turns=False),
    Case("2.1", 512, 1.0, PLAIN, turns=False),
    Case("builtin", 512, 1.0, PLAIN, turns=False),
    Case("builtin", 256, 1.0, Switches(precision="fp32"), turns=False),
)
IN_ORDER = {"builtin": 0, "2.1": 1, "1.x": 2}  # the smallest first: what goes wrong is seen early


def main() -> None:
    options = read_options()
    started = time.monotonic()
    device = devices.choose(options.device)
    if not options.small and not device.startswith("cuda"):
        sys.exit("no CUDA device: true shapes need one; --small runs toy sizes on a CPU")
    options.out.mkdir(parents=True, exist_ok=True)
    run = Run(options, device, started)
    for model in sorted({case.model for case in CASES}, key=IN_ORDER.__getitem__):
        if options.models is None or model in options.models.split(","):
            run.model(model, [toy(case) if options.small else case for case in CASES if case.model == model])
    run.write()
    print((options.out / "memory.md").read_text(encoding="utf-8"))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=190.0, help="seconds for everything")
    parser.add_argument("--models", help="only these, with commas between them: builtin,2.1,1.x")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def toy(case: Case) -> Case:
    """The same at a size that a CPU does in seconds; in float32 where it has nothing else."""
    switches = Switches(
        precision="fp32",
        prefix=case.switches.prefix,
        table=case.switches.table,
        folded=case.switches.folded,
    )
    return Case(case.model, case.size if case.model == "builtin" else 64, case.guidance, switches, case.turns)


@dataclass
class Run:
    """What was measured so far, and the time that is left."""

    options: argparse.Namespace
    device: str
    started: float
    cells: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)  # bytes of the device that are not PyTorch's

    @property
    def left(self) -> float:
        return float(self.options.budget) - (time.monotonic() - self.started)

    def model(self, model: str, cases: list[Case]) -> None:
        """All cases of one model, whose weights are made once."""
        if self.left < 5:
            self.skipped += [f"{case.name}: no time left" for case in cases]
            return
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="pawlette-") as folder, weights_of(
                model, Path(folder), self.device, small=self.options.small
            ) as where:  # fmt: skip
                say(f"{model}: weights after {time.monotonic() - start:.0f} s")
                for case in cases:
                    self.case(case, where)
        except Exception as error:  # one model's end is not the others'
            self.skipped.append(f"{model}: {type(error).__name__}: {str(error).splitlines()[0]}")
            say(self.skipped[-1])
        self.clean()

    def case(self, case: Case, folder: Path) -> None:
        if self.left < 5:
            self.skipped.append(f"{case.name}: no time left")
            return
        dtype = devices.DTYPES[case.switches.precision]
        model = loaded(folder, case.switches, device=self.device, dtype=dtype)
        drawn = Drawn(model, job_of(folder, case), Sizes.from_folder(folder), case)
        self.clean()
        self.series(drawn, in_turns=False)
        if case.turns:
            self.series(drawn, in_turns=True)
        model.bring("encode")  # the next case shares what the reference holds; nothing of this one stays
        del drawn, model
        self.clean()

    def series(self, drawn: "Drawn", *, in_turns: bool) -> None:
        """One picture a card, or, in turns, one stage after the other for all cards."""
        made: dict[int | None, Any] = {}
        rows = {card: self.row(drawn, card, in_turns) for card in (None, *CARDS)}
        for stage in memory.STAGES:
            if in_turns and not self.bring(drawn, stage, rows):
                break
            for card, row in rows.items():
                # Without a limit first: what it leaves is what the limited ones go on from.
                start = time.monotonic()
                if self.left < 2 or row.get("seconds", 0.0) > CELL:
                    row.setdefault("skipped", "no time left")
                    continue
                given = made.get(None)
                made_now, found = self.cell(card, lambda stage=stage, given=given: drawn.stage(stage, given))
                if card is None:
                    made[None] = made_now
                row["stages"][stage] = found
                row["seconds"] = round(row.get("seconds", 0.0) + time.monotonic() - start, 2)
            self.write()
        for row in rows.values():
            row["fits"] = all(one["fits"] for one in row["stages"].values()) and len(row["stages"]) == 3
        say(f"{drawn.case.name}{', in turns' if in_turns else ''}: {self.options.budget - self.left:.0f} s so far")
        self.write()

    def bring(self, drawn: "Drawn", stage: str, rows: dict[int | None, dict[str, Any]]) -> bool:
        """Move a part, where there is time: a large one takes some ten seconds."""
        part = getattr(drawn.need, stage).weights
        if self.left < 5 + 3 * part / 4e9:
            for row in rows.values():
                row.setdefault("skipped", f"no time left to move {part / GIB:.0f} GiB for {stage}")
            return False
        drawn.model.bring(stage)
        self.clean()
        return True

    def row(self, drawn: "Drawn", card: int | None, in_turns: bool) -> dict[str, Any]:
        """A card's cell, before anything is run."""
        need = drawn.need
        room = None if card is None else room_of(card)
        allocated = {stage: need.allocated(stage, in_turns=in_turns) for stage in memory.STAGES}
        most = need.reserved(max(allocated.values()))
        found: dict[str, Any] = {
            "case": drawn.case.name, "model": drawn.case.model, "in_turns": in_turns, "card_gib": card, "room": room,
            "predicted": allocated, "predicted_reserved": most, "predicted_fits": room is None or most <= room,
            "weights": need.weights, "stages": {},
        }  # fmt: skip
        self.cells.append(found)
        return found

    def cell(self, card: int | None, act: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        """One stage under a limit: what it made, whether it fitted, and PyTorch's own peaks."""
        self.clean()
        if self.device.startswith("cuda"):
            devices.limit_memory(self.device, None if card is None else room_of(card))
        devices.forget_peak_memory(self.device)
        made, told = None, {"fits": True}
        try:
            made = act()
            devices.finish_work(self.device)
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
            told = {"fits": False, "why": str(error).partition("\n")[0][:200]}
        peaks = {
            "allocated": devices.peak_memory(self.device),
            "reserved": devices.peak_reserved_memory(self.device),
        }
        if self.device.startswith("cuda"):
            devices.limit_memory(self.device, None)
        if (outside := devices.outside_memory(self.device)) is not None:
            self.outside.append(outside)
        return made, told | peaks

    def clean(self) -> None:
        gc.collect()
        devices.give_back_memory(self.device)

    def write(self) -> None:
        report = {
            "machine": machine(self.device, self.options.small), "cells": self.cells, "skipped": self.skipped,
            "constants": self.constants(), "seconds": round(self.options.budget - self.left, 1),
        }  # fmt: skip
        (self.options.out / "memory.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        (self.options.out / "memory.md").write_text(as_markdown(report), encoding="utf-8")

    def constants(self) -> dict[str, Any]:
        """What the advisor's named constants would be by this run; None where nothing was counted."""
        slack = []
        for cell in self.cells:
            for one in cell["stages"].values():
                if cell["card_gib"] is None and one["fits"] and one["allocated"]:
                    work = one["allocated"] - cell["weights"]
                    if not cell["in_turns"] and work > 0.2 * GIB:  # smaller work drowns in segments' sizes
                        slack.append((one["reserved"] - one["allocated"]) / work)
        return {
            "CONTEXT": {"used": constants.CONTEXT, "measured": max(self.outside, default=None)},
            "SLACK": {"used": constants.SLACK, "measured": round(median(slack), 4) if slack else None,
                      "most": round(max(slack), 4) if slack else None},
        }  # fmt: skip


class Drawn:
    """A loaded model, its job and what is predicted; runs one stage at a time."""

    def __init__(self, model: Any, job: Job, sizes: Sizes, case: Case) -> None:
        self.model, self.job, self.case = model, job, case
        guided = job.guidance > 1.0
        device = str(model.device)
        load = memory.Load(
            case.switches, job.width, job.height, guided=guided, text_tokens=model.text.length(job.prompt.text)
        )  # fmt: skip
        self.need = memory.need(sizes, load, workspace=workspace_of(device))

    def stage(self, name: str, given: Any) -> Any:
        """What the stage makes: "encode" the conditioning, "denoise" finished latents; "decode" pixels."""
        if name == "encode":
            return {"conditioning": self.model.encode([self.job])[0]}
        if name == "denoise":
            latents = self.model.begin(self.job, given["conditioning"])
            while not latents.done:
                latents = self.model.step([latents])[0]
            return given | {"latents": latents}
        try:
            self.model.decode([given["latents"]])
        except PawletteError:  # random weights may draw numbers that are no picture; the memory is the same
            pass
        return given


def weights_of(model: str, folder: Path, device: str, *, small: bool) -> "Weights":
    return Weights(model, folder, device, small)


class Weights:
    """A context: the folder whose weights `loaded` finds. True shapes lie on the device as our own parts alone."""

    def __init__(self, model: str, folder: Path, device: str, small: bool) -> None:
        self.model, self.folder, self.device, self.small = model, folder, device, small
        self._shared: Any = None

    def __enter__(self) -> Path:
        if self.model == "builtin":
            from pawlette.studio import builtin_folder

            return builtin_folder()
        from pawlette.bench.true_shapes import build

        dtype = devices.dtype_for(self.device)
        reference = build(self.model, self.folder, device=self.device, dtype=dtype, small=self.small)
        bare(reference)
        self._shared = sharing(reference)
        self._shared.__enter__()
        return self.folder

    def __exit__(self, *_: object) -> None:
        if self._shared is not None:
            self._shared.__exit__(None, None, None)


def bare(reference: Any) -> None:
    """Without LM head and vision tower, which no text meets and our model does not hold."""
    from torch import nn

    whole = reference.part("text_encoder")
    whole.lm_head = nn.Identity()
    whole.model.visual = nn.Identity()


def job_of(folder: Path, case: Case) -> Job:
    """One picture, of a text like the benchmark's."""
    wish = Wish(case.size, STEPS, case.guidance)
    studio = Studio(folder)
    text = "a cute panda that eats an apple under a rainbow in a meadow"
    return studio.accept(text, seed=0, size=(wish.size, wish.size), steps=STEPS, guidance=wish.guidance).job


def room_of(card: int) -> int:
    """Bytes that PyTorch has on a card of so many GiB."""
    return card * GIB - constants.CONTEXT


def workspace_of(device: str) -> int:
    if not device.startswith("cuda"):
        return 0
    return BLAS_WORKSPACE.get(devices.capability(device)[0], BLAS_WORKSPACE_ELSEWHERE)


def machine(device: str, small: bool) -> dict[str, Any]:
    import platform

    import torch

    return {
        "device": devices.named(device), "small": small, "python": platform.python_version(),
        "torch": torch.__version__,
    }  # fmt: skip


def say(line: str) -> None:
    print(line, flush=True)


def stages(report: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for cell in report["cells"]:
        for stage, found in cell["stages"].items():
            yield cell, stage, found


if __name__ == "__main__":
    main()
