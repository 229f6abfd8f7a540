"""The reports of one GPU, one after the other: `pawlette bench` for each model and size, every rung alone and together.

    python runs/gpu_reports.py --out DIR [--only "2.1 at 256; built-in"]      an hour for all of them
    python runs/gpu_reports.py --out DIR --small                              toy sizes on a CPU: does everything run?
    python runs/gpu_reports.py --out DIR --tables                             only rungs.md and rungs.json anew

Leaves a folder a report, as `pawlette bench` does, and rungs.md and rungs.json: all ladders together. Each report runs
in a process of its own, and one that is whole is not measured again. Needs what runs/engine_bench.py needs.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CRASHES = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
JOBS = 16  # of a stream, where a report is its ladder alone; `pawlette bench` has as many
GRACE = 90  # seconds beyond a budget: nothing new is begun then, but what runs is finished and written
STEPS = "fp32,inline,preload,engine,engine-4"
ALONE = "packed,fused,cudnn,prefix,folded,compiled,graphs,fp8-alone"
KERNELS = "efficient,flash"
TOGETHER = "all,fp8"
BUT_ONE = "recorded,graphless,uncompiled,masked,unfused"
EVERY = ",".join([STEPS, TOGETHER, ALONE, BUT_ONE, KERNELS])  # of 2.1
LARGE = "fp32,inline,engine,all,fp8,preload,uncompiled,graphless"  # where one picture fills the card
LARGE_GUIDED = "engine,all,fp8,inline,preload,uncompiled,graphless"
MEDIUM = "inline,engine,all,fp8,engine-4,uncompiled,preload,all-4,fp8-4"
SWITCHES = "graphs,compiled,uncompiled,table,cudnn,folded"  # of 1.x, each alone
GUIDED = "inline,engine,all,fp8,engine-4,uncompiled,table,packed,fused,graphs,compiled,cudnn,folded,preload"


@dataclass(frozen=True)
class Report:
    """One run of `pawlette bench`: `runs` of each of the five prompts, `budget` in seconds.

    Without runs it is the ladder alone.
    """

    name: str
    model: str
    size: int
    budget: int
    guidance: int = 1
    runs: int = 10
    rungs: str | None = None  # None: the study's steps and ours behind them

    @property
    def folder(self) -> str:
        return self.name.replace(",", "").replace(" ", "-")


REPORTS = (  # in the order of importance
    Report("2.1 at 1024", "2.1", 1024, 420, runs=4, rungs=LARGE),
    Report("1.x at 1024", "1.x", 1024, 480, guidance=4, runs=2, rungs=LARGE_GUIDED),
    Report("2.1 at 256", "2.1", 256, 680, rungs=EVERY),
    Report("1.x at 512", "1.x", 512, 480, guidance=4, runs=4, rungs=GUIDED),
    Report("2.1 at 512", "2.1", 512, 280, runs=4, rungs=MEDIUM),
    Report("built-in", "builtin", 256, 300),
    Report("built-in, compiled", "builtin", 256, 240, runs=0, rungs="all-4,graphless-4"),
    Report("1.x at 512, switches", "1.x", 512, 300, guidance=4, runs=0, rungs=SWITCHES),
    Report("2.1 at 256, the rest", "2.1", 256, 240, runs=0, rungs="recorded,graphless,efficient,flash"),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", help="these reports, with semicolons between them")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--tables", action="store_true")
    options = parser.parse_args()
    if options.tables:
        write(options.out)
        return
    names = [one.name for one in REPORTS] if options.only is None else options.only.split(";")
    known = {one.name: one for one in REPORTS}
    if unknown := [name for name in map(str.strip, names) if name not in known]:
        sys.exit(f"no report {unknown[0]!r}; there are {'; '.join(known)}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in map(str.strip, names):
        print(f"{name}: {measured(known[name], options.out, small=options.small)}", flush=True)
        write(options.out)


def measured(report: Report, out: Path, *, small: bool) -> str:
    """How one report ended. One that the tracer took down with it is measured again without a trace."""
    folder = out / report.folder
    if is_whole(report, folder):
        return "whole before"
    code, before = run(report, folder, small=small), ""
    if code in CRASHES and not is_whole(report, folder):
        aside = folder.with_name(f"{folder.name}-traced")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        before = f", without a trace: with one it ended with {code}; its log is {aside / 'log'}"
        code = run(report, folder, small=small, traced=False)
    if isinstance(code, str):
        return code + before
    return ("whole" if code == 0 else f"ended with {code}; its log is {folder / 'log'}") + before


def run(report: Report, folder: Path, *, small: bool, traced: bool = True) -> int | str:
    """Its exit status, negative where a signal ended it, or a sentence."""
    toy = small and report.model != "builtin"
    size, budget, runs, rungs = report.size, report.budget, report.runs, report.rungs
    if small:
        size, budget, runs, rungs = 64 if toy else size, 60, min(1, runs), "inline,engine"
    shape = ["--size", str(size), "--runs", str(runs)]
    if not runs:
        shape = ["ladder", "--sizes", str(size), "--jobs", str(JOBS)]
    command = [
        sys.executable, "-m", "pawlette.cli", "bench", *shape, "--model", report.model, "--guidance",
        str(report.guidance), "--budget", str(budget), "--out", str(folder), *(["--rungs", rungs] if rungs else []),
        *(["--small"] if toy else []), *([] if traced else ["--no-trace"]),
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    with (folder / "log").open("w", encoding="utf-8") as log:
        try:
            return subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, timeout=budget + GRACE
            ).returncode
        except subprocess.TimeoutExpired:
            return f"cut off {GRACE} s behind its budget of {budget}"


def is_whole(report: Report, folder: Path) -> bool:
    if report.runs:
        return finished(folder) is not None
    ladder = ladder_of(folder)
    return ladder is not None and len(ladder["cases"][0]["rungs"]) > len(str(report.rungs).split(","))


def finished(folder: Path) -> dict[str, Any] | None:
    """The whole of `pawlette bench`, where it came to its end."""
    path = folder / "bench.json"
    found = read(path) if path.exists() else {"seconds": 0}
    return found if found["seconds"] > 0 else None


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def ladder_of(folder: Path) -> dict[str, Any] | None:
    """A report's ladder, as far as it was climbed."""
    if (whole := finished(folder)) is not None:
        found: dict[str, Any] | None = whole["ladder"]
        return found
    part = folder / "ladder.json"
    return read(part) if part.exists() else None


def write(out: Path) -> None:
    """All ladders that are there, in one table each and one file; of a report that was cut off, what it has."""
    from pawlette.bench.ladder_report import as_markdown

    found: dict[str, Any] = {}
    for report in REPORTS:
        if (ladder := ladder_of(out / report.folder)) is not None:
            found[report.name] = ladder
    (out / "rungs.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    tables = [f"# {name}\n\n{as_markdown(ladder)}" for name, ladder in found.items()]
    (out / "rungs.md").write_text("\n".join(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
