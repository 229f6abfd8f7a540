"""From a trained teacher to a model that ships: draws pictures, distils, makes the light decoder, upscaler and judges.

    python runs/builtin_finish.py WORK --teacher TEACHER --art ART

TEACHER is a model folder (guided, many steps); ART is what `runs/judge.py pack` made, and may be left out: then no
judges are made. Two lanes run beside each other, each stage a process of its own, on a GPU each where there are two:

    distil, compare, upscaler        light decoder, judges

WORK/packed is the model folder that came of it, WORK/compare the same prompts and seeds by teacher and student,
WORK/judges the judges, WORK/logs what each stage printed, WORK/logs/progress when each began and ended. A stage that
fails ends its lane alone. The times below are meant to fit, with compiling and measuring, in ten minutes on two GPUs:
two H100s took 630 s. --scale makes all of them longer or shorter.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import torch

RUNS = Path(__file__).parent
SECONDS = {"pictures": 40, "large": 12, "distil": 220, "light": 200, "upscaler": 80, "judges": 140}


class Lanes:
    """Starts stages as processes and writes down how each went."""

    def __init__(self, work: Path, scale: float, extra: dict[str, list[str]]) -> None:
        self.work, self.scale, self.extra = work, scale, extra
        self.logs, self.begun = work / "logs", time.monotonic()
        self.failed: list[str] = []
        self.logs.mkdir(parents=True, exist_ok=True)

    def seconds(self, stage: str) -> list[str]:
        return ["--seconds", str(max(1.0, SECONDS[stage] * self.scale))]

    def say(self, text: str) -> None:
        line = f"{time.monotonic() - self.begun:6.0f} s  {text}"
        print(line, flush=True)
        with (self.logs / "progress").open("a") as file:
            file.write(line + "\n")

    def run(self, name: str, script: str, *arguments: object, gpu: int = 0) -> bool:
        """One stage, to its end; whether it went well."""
        command = [sys.executable, str(RUNS / script), *map(str, arguments), *self.extra.get(name, [])]
        there = {"CUDA_VISIBLE_DEVICES": str(gpu)} if torch.accelerator.is_available() else {}
        environment = os.environ | there | {"PYTHONUNBUFFERED": "1"}
        self.say(f"{name} begins")
        with (self.logs / f"{name}.log").open("w") as log:
            code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment).returncode
        self.say(f"{name} ends" if code == 0 else f"{name} FAILED with {code}: see {log.name}")
        if code:
            self.failed.append(name)
        return code == 0


def draw_pictures(lanes: Lanes, workers: int, seed: int) -> None:
    """Small ones first, for they are waited for; large ones for the upscaler, on other seeds."""
    work, drawn = lanes.work, ("--workers", workers, "--seed")
    small, large = lanes.seconds("pictures"), lanes.seconds("large")
    lanes.run("pictures", "art_pictures.py", work / "pictures", "--shard", 128, *small, *drawn, seed)
    lanes.run(
        "large", "art_pictures.py", work / "large", "--size", 512, "--shard", 24, *large, *drawn, seed + 1
    )


def first_lane(lanes: Lanes, count: int) -> None:
    work, pictures = lanes.work, lanes.work / "pictures"
    if lanes.run("distil", "builtin.py", "distil", work, pictures, *lanes.seconds("distil")):
        lanes.run("compare", "builtin.py", "compare", work, work / "compare", "--count", count)
    lanes.run("upscaler", "builtin_light.py", "upscaler", work, work / "large", *lanes.seconds("upscaler"))


def second_lane(lanes: Lanes, gpu: int, art: Path | None, workers: int) -> None:
    work, pictures = lanes.work, lanes.work / "pictures"
    lanes.run("light", "builtin_light.py", "light", work, pictures, *lanes.seconds("light"), gpu=gpu)
    if art is not None:
        device = "cuda" if torch.accelerator.is_available() else "cpu"
        lanes.run("judges", "judge.py", "train", art, pictures, work / "judges", *lanes.seconds("judges"),
                  "--workers", workers, "--device", device, gpu=gpu)  # fmt: skip


def finish(lanes: Lanes, teacher: Path, art: Path | None, workers: int, seed: int, count: int) -> None:
    work = lanes.work
    gpus = torch.accelerator.device_count()
    lanes.say(f"{gpus} GPUs, {workers} workers")
    if not lanes.run("unpack", "builtin.py", "unpack", work, teacher):
        return
    draw_pictures(lanes, workers, seed)
    both = [
        Thread(target=first_lane, args=(lanes, count)),
        Thread(target=second_lane, args=(lanes, min(1, max(0, gpus - 1)), art, workers * 2 // 3 or 1)),
    ]
    for lane in both:
        lane.start()
    for lane in both:
        lane.join()
    lanes.run("pack", "builtin.py", "pack", work, work / "packed")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--art", type=Path, help="emoji art, packed by runs/judge.py")
    parser.add_argument("--scale", type=float, default=1.0, help="of all times")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 4))
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--count", type=int, default=5, help="pictures of each animal that are compared")
    parser.add_argument("--extra", action="append", default=[], metavar="STAGE=OPTIONS",
                        help="more options for a stage: --extra 'light=--batch 2 --pool 100'")  # fmt: skip
    return parser.parse_args(arguments)


def main() -> None:
    given = options()
    extra = {stage: words.split() for stage, _, words in (one.partition("=") for one in given.extra)}
    lanes = Lanes(given.work, given.scale, extra)
    finish(lanes, given.teacher, given.art, given.workers, given.seed, given.count)
    if lanes.failed:
        raise SystemExit(f"failed: {', '.join(lanes.failed)}")


if __name__ == "__main__":
    main()
