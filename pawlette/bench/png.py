"""`pawlette bench png`: PNG encoders by bytes and milliseconds on one core, on pixels like those that are drawn.

Every file is opened again: one that differs by a single pixel, or that cannot carry a label, stops the measurement.
"""

from __future__ import annotations

import io
import json
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from pawlette.bench.picture_like import GRAIN, Array, drawn, picture_like
from pawlette.bench.png_encoders import ENCODERS, Encode, Encoder, with_text
from pawlette.errors import DrawingFailed
from pawlette.files import check_folder, write_whole
from pawlette.studio import Studio

SIZES = (256, 512, 1024)
REFERENCE = "Pillow, level 6"  # Pillow's default
ALLOWED = 1.15  # of the reference's bytes
LABEL = ("pawlette", "画画 label")


@dataclass(frozen=True, slots=True)
class Case:
    """One encoder on pixels of one kind: medians over rounds and pictures."""

    encoder: str
    package: str
    size: int
    grain: float
    milliseconds: float
    bytes: int
    pause: float  # milliseconds, the longest in which another Python thread did not get to run


def run(studio: Studio, out: Path, *, rounds: int = 3, sizes: Sequence[int] = SIZES,
        say: Callable[[str], object] = print) -> dict[str, Any]:  # fmt: skip
    """Measure every encoder that is installed; leaves png.json and png.md in the folder."""
    check_folder(out)
    pictures = drawn(studio)
    found, missing = built(ENCODERS)
    cases = []
    for size in sizes:
        for grain in (GRAIN, 0.0):
            pixels = [picture_like(one, size, grain=grain, seed=k) for k, one in enumerate(pictures)]
            cases += measure(found, pixels, grain, rounds)
            say(f"{size} pixels, grain {grain:g}: done")
    report = {"machine": machine(found), "missing": missing, "rounds": rounds, "cases": [*map(asdict, cases)]}
    write_whole(out / "png.json", (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(out / "png.md", as_markdown(report, cases).encode())
    return report


def built(encoders: Iterable[Encoder]) -> tuple[dict[Encoder, Encode], list[str]]:
    """Those that can be built here, and the packages that would be needed for the others."""
    found, missing = {}, []
    for encoder in encoders:
        try:
            found[encoder] = encoder.build()
        except ModuleNotFoundError:
            missing.append(encoder.package)
    return found, missing


def measure(
    encoders: Mapping[Encoder, Encode], pixels: Sequence[Array], grain: float, rounds: int
) -> list[Case]:
    """All encoders in turn, `rounds` times over, so that a slow minute of the machine is shared by all."""
    sizes = {one: [check(one, encode, picture) for picture in pixels] for one, encode in encoders.items()}
    times: dict[Encoder, list[float]] = {one: [] for one in encoders}
    for _ in range(rounds):
        for one, encode in encoders.items():
            for picture in pixels:
                start = time.perf_counter()
                encode(picture)
                times[one].append(1e3 * (time.perf_counter() - start))
    return [
        Case(one.name, one.package, len(pixels[0]), grain, round(statistics.median(times[one]), 2),
             round(statistics.fmean(sizes[one])), round(1e3 * longest_pause(encode, pixels[0]), 2))
        for one, encode in encoders.items()
    ]  # fmt: skip


def check(encoder: Encoder, encode: Encode, pixels: Array) -> int:
    """The file's bytes; raises DrawingFailed where it is not lossless or its label is not read again."""
    data = encode(pixels)
    with Image.open(io.BytesIO(with_text(data, *LABEL))) as opened:
        same = np.array_equal(np.asarray(opened), pixels)
        labelled = opened.info.get(LABEL[0]) == LABEL[1]
    if not (same and labelled):
        raise DrawingFailed(f"{encoder.name}: lossless {same}, label read {labelled}")
    return len(data)


def longest_pause(encode: Encode, pixels: Array) -> float:
    """Seconds for which this thread stood still while another one encoded: who holds the interpreter?"""
    worker = threading.Thread(target=encode, args=(pixels,))
    longest, last = 0.0, time.perf_counter()
    worker.start()
    while worker.is_alive():
        time.sleep(0.0002)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    worker.join()
    return max(longest, time.perf_counter() - last)  # who holds it throughout lets nobody look before the end


def machine(encoders: Iterable[Encoder]) -> dict[str, str]:
    """What the figures hold for: processor, Python, and the version of every package measured."""
    packages = sorted({encoder.package for encoder in encoders})
    inside = features.version_feature("zlib_ng")
    return {
        "processor": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "zlib in Pillow": f"zlib-ng {inside}" if inside else f"zlib {features.version_codec('zlib')}",
        **{package: metadata.version(package) for package in packages},
    }


def advised(cases: Sequence[Case]) -> list[str]:
    """Encoders whose files are at most ALLOWED times the reference's on every kind of pixels, fastest first."""
    reference = {(c.size, c.grain): c.bytes for c in cases if c.encoder == REFERENCE}
    within = {
        name for name in {c.encoder for c in cases}
        if all(c.bytes <= ALLOWED * reference[c.size, c.grain] for c in cases if c.encoder == name)
    }  # fmt: skip
    total = {name: sum(c.milliseconds for c in cases if c.encoder == name) for name in within}
    return sorted(within, key=total.__getitem__)


def as_markdown(report: Mapping[str, Any], cases: Sequence[Case]) -> str:
    """A row for each encoder: milliseconds, and bytes as a share of the reference's."""
    kinds = list(dict.fromkeys((c.size, c.grain) for c in cases))
    table = {(c.encoder, c.size, c.grain): c for c in cases}
    names = list(dict.fromkeys(c.encoder for c in cases))
    head = " | ".join(f"{size}², {'grained' if grain else 'smooth'}" for size, grain in kinds)
    lines = [f"| encoder | package | {head} | longest pause |", "|---" * (len(kinds) + 3) + "|"]
    for name in names:
        own = [table[name, *kind] for kind in kinds]
        cells = [
            f"{c.milliseconds:.1f} ms, {c.bytes / table[REFERENCE, c.size, c.grain].bytes:.2f}" for c in own
        ]
        pause = f"{max(c.pause for c in own):.1f} ms"
        lines.append(f"| {name} | {own[0].package} | {' | '.join(cells)} | {pause} |")
    best = advised(cases)
    ours = [name for name in best if name.startswith("Pillow")]
    versions = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    lines += [
        "",
        f"Fastest with files of at most {ALLOWED:g} times {REFERENCE}'s: {best[0]}; with Pillow alone: {ours[0]}.",
        "",
        f"{versions}.",
    ]
    if report["missing"]:
        lines.append(f"Not installed, so not measured: {', '.join(report['missing'])}.")
    return "\n".join(lines) + "\n"
