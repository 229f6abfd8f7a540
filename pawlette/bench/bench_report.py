"""The report of `pawlette bench`: the study's table beside ours, and the ladder, for a page and for a console.

Knows no clock. What was not measured is a dash; why, stands among the notes.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from pawlette.bench import ladder_report
from pawlette.bench.prompts import CARD, RISES, RUNS, STUDY, TABLE
from pawlette.bench.rungs import BASELINE
from pawlette.bench.tables import facts, markdown, number, plain, share

Rows = list[list[str]]
BLOCK = (
    "prompt", "way", "runs", "latency ms, mean ± deviation (lowest to highest)", "p50, p95 ms",
    "NVML while denoising %", "SM_UTIL %", "processor", "VRAM peak allocated, reserved MiB", "pictures a minute",
)  # fmt: skip
CLIMB = (
    "rung", "pictures/min", "x baseline", "alone p50 s", "p95 s", "kernel-busy", "MFU", "NVML %", "SM_UTIL %", "CPU",
    "VRAM GiB", "max diff", "PSNR dB", "SSIM",
)  # fmt: skip
BESIDE = ("prompt", "the study", "ours, plain", "ours, engine")


PLOTS = {
    "study": "The study's protocol: its figures and ours",
    "timeline": "What each stage did when, plainly and in the engine",
    "ladder": "The ladder: pictures a minute and how busy the device was",
}  # by what their files' names begin with


def as_markdown(report: Mapping[str, Any], plots: Sequence[str] = ()) -> str:
    """The whole page, with these files of plots beside it."""
    protocol, ladder = report["protocol"], report["ladder"]
    parts = [
        f"# {report['title']}", f"    {report['command']}", *_notes(report),
        "## The study's protocol", _about(protocol), markdown(BLOCK, blocks(protocol)), *_skipped(protocol),
        "## The study's table beside ours", BESIDE_ABOUT, markdown(*beside(protocol)),
        *_shown("study", plots), *_shown("timeline", plots),
    ]  # fmt: skip
    if ladder is not None:
        parts += ["## The ladder", RUNGS_ABOUT, *(markdown(CLIMB, climb(case)) for case in ladder["cases"])]
        parts += [*ladder_report.marks(ladder), *_shown("ladder", plots)]
        parts += [
            markdown(
                ("the study's step", "latency ms", "NVML %", "pictures a minute", "x its baseline"), rises()
            )
        ]
        parts += ["Every column of the ladder:", ladder_report.as_markdown(ladder).rstrip()]
    return "\n\n".join([*parts, f"{facts(report['machine'])}. {report['seconds']:.0f} s in all."]) + "\n"


def for_console(report: Mapping[str, Any]) -> str:
    head, rows = beside(report["protocol"])
    parts = [plain(head, rows)]
    if report["ladder"] is not None:
        parts += [plain(CLIMB, climb(case)) for case in report["ladder"]["cases"]]
        parts += ladder_report.marks(report["ladder"])
    return "\n\n".join([*parts, *(f"- {note}" for note in report["notes"])])


BESIDE_ABOUT = (
    f"Each cell: latency ms · NVML while denoising % · VRAM peak MB · pictures a minute. The study measured an {CARD}, "
    "and a model that it calls a Qwen-Image but whose memory and latents are those of about 1 B parameters: its "
    "figures and ours are of other models on other machines, and only how they are taken is the same."
)
RUNGS_ABOUT = (
    "Rungs in the order they were climbed. Pictures a minute: median of the rounds, each paired with the baseline's. "
    "Alone: from a single request to its file. Differences are those of the pixels from the baseline's, of 255. PSNR "
    "is a dash where nothing differs."
)


def _about(protocol: Mapping[str, Any]) -> str:
    side = protocol["size"]
    return (
        f"{len(STUDY)} prompts, {side}x{side}, {protocol['steps']} steps, guidance {protocol['guidance']:g}; "
        f"{protocol['asked_runs']} runs asked for (the study: {RUNS}), behind a warm-up. Latency: from the request to "
        "the file, one at a time. Pictures a minute: as many asked for without a pause. An engine remembers texts: it "
        "reads each prompt once."
    )


def _shown(kind: str, plots: Sequence[str]) -> list[str]:
    return [f"![{PLOTS[kind]}]({name})" for name in plots if name.startswith(kind)]


def _notes(report: Mapping[str, Any]) -> list[str]:
    return ["\n".join(f"- {note}" for note in report["notes"])] if report["notes"] else []


def _skipped(protocol: Mapping[str, Any]) -> list[str]:
    return ["\n".join(f"- not measured: {one}" for one in protocol["skipped"])] if protocol["skipped"] else []


def blocks(protocol: Mapping[str, Any]) -> Rows:
    return [
        [
            one["prompt"], one["way"], str(one["runs"]), _spread(one["latency_ms"]),
            f"{number(one['p50_ms'], 0)}, {number(one['p95_ms'], 0)}", number(one["nvml"], 1),
            number(one["sm_util"], 1), share(one["processor_share"]),
            f"{number(one['allocated_mib'], 0)}, {number(one['reserved_mib'], 0)}", number(one["per_minute"]),
        ]
        for one in protocol["blocks"]
    ]  # fmt: skip


def _spread(values: Mapping[str, float | None]) -> str:
    extremes = f"{number(values['lowest'], 0)} to {number(values['highest'], 0)}"
    return f"{number(values['mean'], 0)} ± {number(values['deviation'], 0)} ({extremes})"


def beside(protocol: Mapping[str, Any]) -> tuple[Sequence[str], Rows]:
    """The study's table 3.3 with our two ways beside it, and the means of all prompts."""
    rows = []
    for prompt in STUDY:
        told = TABLE[prompt]
        row = [prompt, _cell(told.latency_ms, told.nvml, told.memory_mb, told.per_minute)]
        rows.append(row + [_ours(protocol, way, [prompt]) for way in ("plain", "engine")])
    means = [statistics.fmean(getattr(one, name) for one in TABLE.values()) for name in
             ("latency_ms", "nvml", "memory_mb", "per_minute")]  # fmt: skip
    rows.append(["mean", _cell(*means), *(_ours(protocol, way, STUDY) for way in ("plain", "engine"))])
    return BESIDE, rows


def ours(protocol: Mapping[str, Any], way: str, prompts: Sequence[str]) -> dict[str, float | None]:
    """Means over prompts, of what was measured."""
    found = [one for one in protocol["blocks"] if one["way"] == way and one["prompt"] in prompts]
    columns = {
        "latency_ms": [one["latency_ms"]["mean"] for one in found], "nvml": [one["nvml"] for one in found],
        "memory_mb": [one["allocated_mib"] and one["allocated_mib"] * 2**20 / 1e6 for one in found],
        "per_minute": [one["per_minute"] for one in found],
    }  # fmt: skip
    known = {name: [value for value in values if value is not None] for name, values in columns.items()}
    return {name: statistics.fmean(values) if values else None for name, values in known.items()}


def _ours(protocol: Mapping[str, Any], way: str, prompts: Sequence[str]) -> str:
    return _cell(*ours(protocol, way, prompts).values())


def _cell(latency: float | None, nvml: float | None, memory: float | None, rate: float | None) -> str:
    return " · ".join((number(latency, 0), number(nvml, 1), number(memory, 0), number(rate, 1)))


def climb(case: Mapping[str, Any]) -> Rows:
    """The ladder's rungs with the columns that fit a console; a rung without figures says why."""
    return [_rung(one, rate(one, case)) for one in case["rungs"]]


def rate(rung: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, float] | None:
    """Pictures a minute of a rung's rounds; of the baseline's, the rounds beside all rungs. None: none was timed."""
    if rung["rung"] != BASELINE:
        return rung.get("per_minute")
    beside = [one["baseline_per_minute"]["default"] for one in case["rungs"] if "baseline_per_minute" in one]
    if beside:
        return {
            "median": statistics.median(one["median"] for one in beside),
            "lowest": min(one["lowest"] for one in beside), "highest": max(one["highest"] for one in beside),
        }  # fmt: skip
    alone = rung.get("untraced_per_minute")
    return alone and dict.fromkeys(("median", "lowest", "highest"), alone)


def _rung(rung: Mapping[str, Any], rated: Mapping[str, float] | None) -> list[str]:
    if why := rung.get("failed") or rung.get("skipped"):
        return [rung["rung"], why]
    ratio, alone, memory, quality, stages = (
        rung.get(part) or {} for part in ("ratio", "alone", "memory", "against_baseline", "stages")
    )
    return [
        ladder_report.name(rung), number((rated or {}).get("median")),
        number((ratio.get("default") or {}).get("median")), number(alone.get("p50")),
        number(alone.get("p95")), share((rung.get("busy") or {}).get("share")), share(stages.get("mfu")),
        number(rung.get("nvml"), 0), number(rung.get("sm_util"), 1), share(rung.get("processor_share")),
        number(memory.get("allocated_gib")), number(quality.get("pixels_max"), 0),
        number(quality.get("pixels_psnr_db"), 1), number(quality.get("pixels_ssim"), 4),
    ]  # fmt: skip


def rises() -> Rows:
    """The study's table 6.1."""
    first = RISES[0].per_minute
    return [
        [one.what, number(one.latency_ms, 0), number(one.nvml, 1), number(one.per_minute, 1),
         number(one.per_minute / first)]
        for one in RISES
    ]  # fmt: skip
