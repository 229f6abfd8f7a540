"""One device against several in one host: pictures a minute of the same stream, and whether the pictures are the same.

    python runs/fleet_bench.py --out DIR [--devices cuda:0,cuda:1] [--model 2.1] [--size 1024]     about 3 minutes
    python runs/fleet_bench.py --out DIR --devices cpu,cpu --model 2.1 --size 64 --small            does everything run?

A fleet of the first device alone and one of all stay open (so the first holds the model twice) and draw in turns, one
waiting while the other draws, so that drift is shared. Rows go alone, so the same job must give the same bytes wherever
it is drawn: compared for the built-in model, since pictures of random weights are stand-ins. Leaves fleet.json and
fleet.md.
"""

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from pawlette import device as devices
from pawlette.bench import tables
from pawlette.bench.environment import environment
from pawlette.bench.small_tokenizer import texts
from pawlette.bench.stand_in import Pages, kept_drawings
from pawlette.bench.streams import spread
from pawlette.bench.subject import Subject
from pawlette.bench.true_shapes import MODELS, build
from pawlette.engine.deliver import deliver
from pawlette.engine.fleet import Fleet
from pawlette.engine.fleet_worker import Load
from pawlette.engine.stages import Deliver, Model
from pawlette.job import Job
from pawlette.model.switches import Switches
from pawlette.studio import BUILTIN, Studio, builtin_folder, load_model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--devices", default="all")
    parser.add_argument("--model", default="2.1", choices=(*MODELS, BUILTIN))
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=32, help="of a stream, for each device")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    several = devices.several(options.devices)
    if len(several) < 2:
        parser.error(f"two devices at least are compared; {options.devices} is {several[0]} alone")
    kept_drawings(options.out)  # once, before each process looks for them
    with tempfile.TemporaryDirectory(prefix="pawlette-") as work:
        report = compared(several, options, Path(work))
    (options.out / "fleet.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (options.out / "fleet.md").write_text(as_markdown(report), encoding="utf-8")
    print((options.out / "fleet.md").read_text(encoding="utf-8"))


def compared(several: Sequence[str], options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Rounds of the first device alone and of all, and what follows from them."""
    desk, load = desk_and_load(options, work)
    report: dict[str, Any] = {
        "machine": environment(several[0]), "devices": list(several), "model": options.model, "size": options.size,
        "steps": options.steps, "ready_seconds": [], "rounds": [],
    }  # fmt: skip
    with ExitStack() as open_ones:
        sides = []
        for on in (several[:1], several):  # the second loads when the first is there, and not beside it
            start = time.perf_counter()
            sides.append((open_ones.enter_context(Fleet(load, on, batch=1)), len(on)))
            streamed(*sides[-1], desk, 4, 0, options, work)
            report["ready_seconds"].append(round(time.perf_counter() - start, 1))
        for number in range(1, options.rounds + 1):
            (took_one, one), (took_all, all_) = (
                streamed(*side, desk, options.jobs, number, options, work) for side in sides
            )
            same = None
            if options.model == BUILTIN:  # of the jobs that both have drawn
                same = all_[: len(one)] == one
            report["rounds"].append(
                {"one": 60 * len(one) / took_one, "all": 60 * len(all_) / took_all, "same": same}
            )
            print(report["rounds"][-1], flush=True)
    report["ratio"] = spread([one["all"] / one["one"] for one in report["rounds"]])
    return report


def streamed(
    fleet: Fleet, count: int, desk: Studio, each: int, number: int, options: argparse.Namespace, work: Path
) -> tuple[float, list[bytes]]:
    """Seconds from the first job asked to the last file, and the files: of `each` pictures for every device."""
    asked = jobs(desk, each * count, number, options)
    out = work / "pictures"
    out.mkdir(exist_ok=True)
    start = time.perf_counter()
    draw(fleet, partial(deliver, labels=desk.labels()), asked, out)
    took = time.perf_counter() - start
    return took, [(out / f"{at}.png").read_bytes() for at in range(len(asked))]


def draw(fleet: Fleet, finish: Deliver, asked: Sequence[Job], out: Path) -> None:
    for number, future in enumerate([fleet.submit(job, finish) for job in asked]):
        future.result().save(out / f"{number}.png")


def desk_and_load(options: argparse.Namespace, work: Path) -> tuple[Studio, Load]:
    """Who makes the jobs, and what loads the model in a device's process."""
    if options.model == BUILTIN:
        return Studio(), partial(load_model, builtin_folder())
    folder = work / "desk"
    if not folder.exists():  # its small files say which jobs there are; their weights do not matter
        build(options.model, folder, device="cpu", dtype=torch.float32, small=True)
    size = (options.size, options.size)
    return Studio(folder), partial(loaded, options.model, options.out, options.small, size, options.steps)


def loaded(name: str, out: Path, small: bool, size: tuple[int, int], steps: int, device: str) -> Model:
    """In a device's process: random weights of true shapes, with what suits the device."""
    with tempfile.TemporaryDirectory(prefix="pawlette-") as folder, Subject(
        name, Path(folder), device=device, dtype=devices.dtype_for(device), small=small, pages=Pages(kept_drawings(out))
    ) as subject:  # fmt: skip
        own = subject.ours(Switches.best(device, subject.family))
        own.make_table(size, steps)  # while what it is read from is there
        model = subject.shown(own)
    del subject  # with the unpacked weights: the first device holds the model twice
    gc.collect()
    devices.give_back_memory(device)
    return model


def jobs(desk: Studio, count: int, number: int, options: argparse.Namespace) -> list[Job]:
    """The first ones are the same for any count; each round's texts are new to engines, which remember the last."""
    size, every = (options.size, options.size), texts()
    accept = partial(desk.accept, size=size, steps=options.steps, guidance=1.0)
    made = [accept(every[seed % len(every)], seed=seed).job for seed in range(count)]
    if options.model == BUILTIN:  # its texts are its desk's own; to read one takes little of a picture's time
        return made
    return [replace(job, prompt=replace(job.prompt, text=job.prompt.text + "." * number)) for job in made]


def as_markdown(report: dict[str, Any]) -> str:
    head = ["round", report["devices"][0], f"all {len(report['devices'])}", "ratio", "same pictures"]
    said = {True: "yes", False: "NO", None: "not compared"}
    rows = [
        [str(at + 1), f"{one['one']:.1f}", f"{one['all']:.1f}", f"{one['all'] / one['one']:.2f}", said[one["same"]]]
        for at, one in enumerate(report["rounds"])
    ]  # fmt: skip
    ratio = report["ratio"]
    return "\n".join(
        [
            f"# {report['model']} at {report['size']}², {report['steps']} steps: one device and "
            f"{len(report['devices'])}, pictures a minute",
            "",
            tables.markdown(head, rows),
            "",
            f"{ratio['median']:.2f} times ({ratio['lowest']:.2f} to {ratio['highest']:.2f}) one device's pictures. On "
            f"{', '.join(report['devices'])}; {tables.facts(report['machine'])}.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
