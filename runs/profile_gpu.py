"""The time of true-shape pictures taken apart on one GPU, and the busy figure's ramp, within a given time.

    python3 runs/profile_gpu.py --out DIR --budget 240          Qwen-Image-2.1 with random weights, 256 and 1024 pixels
    python3 runs/profile_gpu.py --out DIR --small               toy sizes on a CPU: does everything run?
    python3 runs/profile_gpu.py --out DIR --plot                only draw the plots anew from DIR's figures

Each part runs in a process of its own and is cut off by itself: `ramp` (busy_ramp.py), then `profile`: for each size
diffusers' eager pipeline, our plain path, and engines of the ladder's rungs, as many as fit. Leaves ramp/, 256/ and
1024/ with JSON, Markdown, traces for Perfetto and, where matplotlib is installed, plots; states.json says how each part
ended. Needs what runs/engine_bench.py needs; nvidia-ml-py (one file, pynvml.py) tells NVML's figures where it is there.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine_bench import SPARE, TOLD, ended

PARTS = ("ramp", "profile")
RAMP = 75.0  # seconds for the ramp's process, of which 50 are levels
LEAST = 20.0  # seconds left, below which no way is begun


@dataclass(frozen=True)
class Case:
    """One size: pixels, pictures, and the ladder's rungs whose engines are profiled, in the order of importance."""

    size: int
    jobs: int
    rungs: tuple[str, ...]
    steps: int = 8


CASES = (
    Case(256, 8, ("uncompiled-4", "all-4")),
    Case(1024, 4, ("uncompiled", "all")),
)
TOYS = (Case(64, 3, ("engine-4",), steps=2), Case(96, 3, ("uncompiled",), steps=2))


def main() -> None:
    options = read_options()
    if options.child:
        profile(options)
    elif options.plot:
        draw(options.out)
    else:
        measure(options)
        draw(options.out)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=240.0, help="seconds for everything")
    parser.add_argument("--parts", default=",".join(PARTS), help="ramp, profile or both, with a comma")
    parser.add_argument("--model", default="2.1", choices=["2.1", "1.x"])
    parser.add_argument(
        "--size", type=int, choices=[case.size for case in (*CASES, *TOYS)], help="only this one"
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--plot", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := [part for part in options.parts.split(",") if part not in PARTS]:
        parser.error(f"a part is one of {', '.join(PARTS)}; got {unknown[0]!r}")
    if not cases(options):
        parser.error(f"{options.size} pixels are {'no toy' if options.small else 'a toy'} size")
    return options


def cases(options: argparse.Namespace) -> list[Case]:
    return [case for case in (TOYS if options.small else CASES) if options.size in (None, case.size)]


# -- the parts, each in its process --------------------------------------------------------------------------------


def measure(options: argparse.Namespace) -> None:
    check_machine(options)
    options.out.mkdir(parents=True, exist_ok=True)
    start, states = time.monotonic(), dict[str, Any]()
    for part in options.parts.split(","):
        left = options.budget - (time.monotonic() - start)
        begun = time.monotonic()
        states[part] = run_part(part, left, options) if left > LEAST else "no time left"
        states[f"{part}_seconds"] = round(time.monotonic() - begun, 1)
        (options.out / "states.json").write_text(json.dumps(states, indent=1) + "\n", encoding="utf-8")
        print(f"{part}: {states[part]}, {time.monotonic() - start:.0f} s so far", flush=True)
    for case in cases(options):
        page = options.out / str(case.size) / "profile.md"
        if page.exists():
            print(page.read_text(encoding="utf-8"))


def check_machine(options: argparse.Namespace) -> None:
    """Say at once what would end every part."""
    import torch

    if not options.small and not torch.cuda.is_available():
        sys.exit("no CUDA device: true shapes need one; --small runs toy sizes on a CPU")
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"{card}, torch {torch.__version__}, python {sys.version.split()[0]}", flush=True)


def run_part(part: str, left: float, options: argparse.Namespace) -> str:
    """How it ended: "whole", or what cut it short."""
    limit = min(RAMP, left) if part == "ramp" else left
    here = Path(__file__).resolve().parent
    small = ["--small"] if options.small else []
    command = {
        "ramp": [str(here / "busy_ramp.py"), "--out", str(options.out / "ramp"), "--budget", str(limit - RAMP / 3)],
        "profile": [str(here / "profile_gpu.py"), "--child", "--out", str(options.out), "--model", options.model,
                    "--budget", str(limit - SPARE), *(["--size", str(options.size)] if options.size else [])],
    }[part]  # fmt: skip
    log = options.out / f"{part}.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, *command, "--device", options.device, *small], stdout=file, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        state = ended(process, limit)
    if state != "whole":
        print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TOLD:]), flush=True)
    return state


# -- profile -------------------------------------------------------------------------------------------------------


def profile(options: argparse.Namespace) -> None:
    """All sizes, in this process: the model is made once."""
    from pawlette.bench.plan import Budget
    from pawlette.bench.subject import made

    budget = Budget(options.budget)
    with made(options.model, options.out, device=options.device, small=options.small) as subject:
        said(f"the model is there, {budget.left:.0f} s are left")
        for case in cases(options):
            profile_case(case, subject, options.out / str(case.size), budget)


def profile_case(case: Case, subject: Any, out: Path, budget: Any) -> None:
    """One size: what fails or does not fit is named in its report, and ends nothing else."""
    import diffusers

    from pawlette import device as devices
    from pawlette.bench import profiling
    from pawlette.bench.gauge import Gauge
    from pawlette.bench.machine import machine
    from pawlette.bench.rungs import choose
    from pawlette.bench.stock import stock
    from pawlette.bench.subject import Wish
    from pawlette.engine.deliver import deliver
    from pawlette.engine.groups import attempt

    jobs = subject.jobs(Wish(case.size, case.steps, subject.family.guidance), case.jobs)
    finish = partial(deliver, labels=subject.desk.labels())
    with Gauge(subject.device) as gauge:
        about, notes = machine(subject, gauge.driver), list(gauge.notes)
    draw = partial(
        profiling.run, jobs=jobs, out=out, device=subject.device, machine=about, notes=notes, say=said
    )
    named = f"diffusers {diffusers.__version__}, {type(subject.baseline.pipeline).__name__}, eager"

    def plain(report: Any) -> Any:
        return draw([profiling.plain(subject.shown(subject.plain), finish)], report=report)

    def diffusers_own(report: Any) -> Any:
        return draw([stock(subject.baseline, named)], report=report)

    def engine(rung: Any, report: Any) -> Any:
        model = subject.shown(subject.ours(rung.switches))
        with profiling.of_rung(model, finish, rung, device=subject.device) as way:
            return draw([way], report=report)

    ways = {"diffusers": diffusers_own, "plain": plain}
    ways |= {rung.name: partial(engine, rung) for rung in choose(subject.family.generation, case.rungs)}
    report: Any = None
    for name, act in ways.items():
        if budget.left < LEAST and not subject.small:
            notes.append(f"{name} was left out: only {budget.left:.0f} s were left.")
        else:
            outcome = attempt(partial(act, report))
            if isinstance(outcome, Exception):
                notes.append(
                    f"{name} failed: {type(outcome).__name__}: {str(outcome).strip().splitlines()[:1]}"
                )
            else:
                report = outcome
        gc.collect()
        devices.give_back_memory(subject.device)
        if report is not None:
            report["notes"] = notes
            profiling.write(report, out)
    if report is None:
        said(f"{case.size} pixels: nothing was profiled; {'; '.join(notes)}")


def draw(out: Path) -> None:
    """The plots of everything that is in the folder."""
    try:
        from pawlette.bench import plots
    except ModuleNotFoundError as error:
        print(
            f"{error.name} is not installed here: the JSON files have every figure, --plot draws them elsewhere"
        )
        return
    if (out / "ramp" / "ramp.json").exists():
        print(plots.ramp(json.loads((out / "ramp" / "ramp.json").read_text(encoding="utf-8")), out / "ramp"))
    for path in sorted(out.glob("*/profile.json")):
        print(plots.profile(json.loads(path.read_text(encoding="utf-8")), path.parent))


def said(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
