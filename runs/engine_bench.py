"""All that must be shown of the engine on one GPU, in a given time: each case in a process of its own.

    python runs/engine_bench.py --out DIR [--budget SECONDS] [--cases "2.1 at 1024; 2.1 at 256"]
    python runs/engine_bench.py --out DIR --earlier ONE.json OTHER.json --budget 0     one table of several runs
    python runs/engine_bench.py --out DIR --small                         toy sizes on a CPU: does everything run?

Leaves engine.json, engine.md and engine.log in the folder, written anew after every case and read again at the next
start: a case that is whole is not measured twice. A case that ends badly or runs out of time is named, keeps what it
measured, and ends nothing else. Cases and marks stand in engine_rows.py. Needs the packages of requirements-dev.lock
that it names at its start when one is missing; models have random weights, so nothing is downloaded.
"""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine_rows import CASES, ON_CPU, Case, as_markdown

NEEDED = (
    "torch",
    "numpy",
    "PIL",
    "safetensors",
    "tokenizers",
    "transformers",
    "diffusers.pipelines.qwenimage.pipeline_qwenimage",
    "diffusers.pipelines.qwenimage21.pipeline_qwenimage21",
    "pawlette.studio",
)
SPARE = 15  # seconds of a case's limit in which it is to write and end by itself
TOLD = 25  # lines of a bad end
LEAST = 45  # seconds left, below which no case is begun


def main() -> None:
    options = read_options()
    if options.child:
        child(options)
        return
    check_machine(options)
    from pawlette.bench.stand_in import kept_drawings

    options.out.mkdir(parents=True, exist_ok=True)
    done = earlier(options)
    start = time.monotonic()
    measures = options.budget > LEAST  # else what other runs left is put together, and nothing else
    with tempfile.TemporaryDirectory(prefix="pawlette-") as work:
        if measures:
            kept_drawings(Path(work))  # once for all cases
        for case in chosen(options) if measures else ():
            left = options.budget - (time.monotonic() - start)
            known = done.get(case.name, {})
            if known.get("state") == "whole" or (left <= LEAST and known.get("report")):
                continue
            done[case.name] = (
                measured(case, left, Path(work), options) if left > LEAST else {"state": "no time left"}
            )
            write(done, options)
            print(
                f"{case.name}: {done[case.name]['state']}, {time.monotonic() - start:.0f} s so far",
                flush=True,
            )
    write(done, options)
    print((options.out / "engine.md").read_text(encoding="utf-8"))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=560.0, help="seconds for all cases")
    parser.add_argument("--cases", help="only these, with semicolons between them")
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="engine.json files to take in")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def check_machine(options: argparse.Namespace) -> None:
    """Say at once, in a sentence, what would end every case."""
    missing = []
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing.append(f"{name} ({error})")
    if missing:
        sys.exit(f"missing here: {', '.join(missing)}; is the repository on PYTHONPATH?")
    from importlib import metadata

    import torch

    try:
        metadata.version("pawlette")
    except metadata.PackageNotFoundError:
        sys.exit("pawlette has no metadata here: install it, or put its .dist-info folder on PYTHONPATH")
    needs_card = not options.small and options.budget > LEAST and options.cases != ON_CPU.name
    if needs_card and not torch.cuda.is_available():
        sys.exit("no CUDA device: true shapes need one; --small runs toy sizes on a CPU")
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"{card}, torch {torch.__version__}, python {sys.version.split()[0]}", flush=True)


def chosen(options: argparse.Namespace) -> list[Case]:
    """The cases asked for, in their order."""
    known = {case.name: case for case in (*CASES, ON_CPU)}
    if not options.cases:
        return [*CASES, ON_CPU] if options.small else list(CASES)
    names = [name.strip() for name in options.cases.split(";")]
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no case {unknown[0]!r}; there are {'; '.join(known)}")
    return [known[name] for name in names]


def earlier(options: argparse.Namespace) -> dict[str, Any]:
    done: dict[str, Any] = {}
    for path in (*options.earlier, options.out / "engine.json"):
        if path.exists():
            done |= json.loads(path.read_text(encoding="utf-8"))
    return done


def measured(case: Case, left: float, work: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run one case in a process of its own; what it left, and how it ended."""
    limit = min(case.limit, left)
    folder = work / "".join(letter if letter.isalnum() else "-" for letter in case.name)
    folder.mkdir()
    command = [
        sys.executable, str(Path(__file__).resolve()), "--child", case.name, "--out", str(folder), "--work", str(work),
        "--budget", str(limit - SPARE), "--device", options.device, *(["--small"] if options.small else []),
    ]  # fmt: skip
    start = time.monotonic()
    with (options.out / "engine.log").open("a", encoding="utf-8") as log:
        log.write(f"\n=== {case.name}\n")
        log.flush()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        state = ended(process, limit)
    if state != "whole":
        lines = (options.out / "engine.log").read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join(lines[-TOLD:]), flush=True)
    result = folder / f"{'ladder' if case.kind == 'ladder' else 'load'}.json"
    report = json.loads(result.read_text(encoding="utf-8")) if result.exists() else None
    return {"state": state, "took": round(time.monotonic() - start, 1), "report": report}


def ended(process: "subprocess.Popen[bytes]", limit: float) -> str:
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the process that was started here, and its own children
        process.wait()
        return f"cut off after {limit:.0f} s"
    return "whole" if code == 0 else f"ended with {code}"


def write(done: dict[str, Any], options: argparse.Namespace) -> None:
    reports = {name: one["report"] for name, one in done.items() if one.get("report")}
    states = [f"- {name}: {one['state']}, {one.get('took', 0):.0f} s" for name, one in done.items()]
    (options.out / "engine.json").write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    text = as_markdown(reports, toys=options.small) + "\n" + "\n".join([*states, "", *whole_tables(reports)])
    (options.out / "engine.md").write_text(text + "\n", encoding="utf-8")


def whole_tables(reports: dict[str, Any]) -> list[str]:
    from pawlette.bench.ladder_report import as_markdown as ladder_table

    return [f"# {name}\n\n{ladder_table(report)}" for name, report in reports.items() if "cases" in report]


def child(options: argparse.Namespace) -> None:
    """One case, in this process."""
    started = time.perf_counter()
    from pawlette.bench.stand_in import Pages, kept_drawings
    from pawlette.bench.subject import Subject
    from pawlette.device import choose as choose_device
    from pawlette.device import dtype_for

    case = next(one for one in (*CASES, ON_CPU) if one.name == options.child)
    case = toy(case) if options.small else case
    device = choose_device("cpu" if case.name == ON_CPU.name else options.device)
    pages = None if case.model == "builtin" else Pages(kept_drawings(options.work))
    with tempfile.TemporaryDirectory(prefix="pawlette-") as folder, Subject(
        case.model, Path(folder), device=device, dtype=dtype_for(device), small=options.small, pages=pages
    ) as subject:  # fmt: skip
        said(f"the model is there after {time.perf_counter() - started:.0f} s")
        measure(case, subject, options, started)


def measure(case: Case, subject: Any, options: argparse.Namespace, started: float) -> None:
    """Leave the case's report in the folder."""
    from pawlette.bench import arrivals, flat, ladder
    from pawlette.bench.rungs import choose
    from pawlette.bench.subject import Wish
    from pawlette.files import write_whole

    wish = Wish(*case.wish)
    if case.kind == "ladder":
        plan = ladder.Plan(**case.plan, budget=options.budget)
        budget = ladder.Budget(options.budget, started)
        ladder.run(
            subject, [wish], options.out, plan, names=case.rungs or None, fallback=case.fallback, budget=budget,
            say=said,
        )  # fmt: skip
        return
    (rung,) = choose(subject.family.generation, case.rungs)
    if case.kind == "load":
        arrivals.run(subject, rung, options.out, arrivals.Bounds(**case.plan), say=said)
        return
    with subject.studio(subject.shown(subject.ours(rung.switches)), rung) as studio:
        found = flat.watched(studio, subject.jobs(wish, case.plan["jobs"]), subject.device)
    write_whole(options.out / "load.json", json.dumps(found).encode())


def said(line: str) -> None:
    print(line, flush=True)


def toy(case: Case) -> Case:
    """The same case at a size that a CPU does in seconds, without what would be compiled there for minutes.

    Rungs with CUDA graphs stay: that they fail is named, and what stands in for them runs.
    """
    from pawlette.bench.rungs import rungs

    known = rungs("1.x" if case.model == "1.x" else "2.1")
    slow = {name for name, rung in known.items() if rung.switches.compiled and not rung.switches.graphs}
    climbed = tuple(name for name in case.rungs or known if name not in slow)
    if case.kind != "ladder":
        climbed = tuple(name.replace("all", "uncompiled") for name in climbed)
    size = 256 if case.model == "builtin" else 64
    plan = {
        "ladder": {"jobs": 4, "rounds": 1, "slice": 1, "streams": case.plan.get("streams", True)},
        "load": {"jobs": 6, "seconds": 2.0},
        "flat": {"jobs": 24},
    }[case.kind]
    fallback = ("uncompiled",) if case.fallback else ()
    return replace(case, wish=(size, 2, case.wish[2]), plan=plan, rungs=climbed, fallback=fallback)


if __name__ == "__main__":
    main()
