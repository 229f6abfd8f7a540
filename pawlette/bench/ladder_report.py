"""A ladder's figures as a Markdown table. Knows no model and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEVELS = ("default", "level 4", "none")  # of the baseline's PNG
HEAD = (
    "rung", "pictures a minute", "x baseline", "x at PNG level 4", "x without PNG", "of kernel floor", "ms a step",
    "image-steps a second", "encode, decode ms", "kernel-busy", "NVML %", "SM_UTIL %", "processor", "MFU",
    "weights, working GiB", "allocated, reserved GiB", "alone p50, p95 s", "in the stream p50, p95 s",
    "latents against baseline: relative, PSNR dB", "pixels: furthest, PSNR dB, SSIM",
)  # fmt: skip
MARK = " †"
MARKED = (
    "† There was no time to meet all shapes before: some were compiled or recorded in the midst of its streams, which "
    "were slower for it."
)


def name(rung: Mapping[str, Any]) -> str:
    """The rung's, marked where its streams measured more than pictures."""
    return rung["rung"] + (MARK if rung.get("unrehearsed") else "")


def marks(report: Mapping[str, Any]) -> list[str]:
    """What the mark means, if any rung has it, and which rungs' streams were cut short to fit the time."""
    cases, planned = report["cases"], report["plan"].get("jobs")
    marked = [MARKED] if any(rung.get("unrehearsed") for case in cases for rung in case["rungs"]) else []
    short = []
    for case in cases:
        size = f" at {case['size']}" if len(cases) > 1 else ""
        cut = [one for one in case["rungs"] if "per_minute" in one and one.get("jobs", planned) != planned]
        short += [f"{one['rung']}{size} {one['jobs']}" for one in cut]
    return marked + (
        [f"Streams of fewer pictures than {planned}, to fit the time: {', '.join(short)}."] if short else []
    )


def as_markdown(report: dict[str, Any]) -> str:
    """One table for each kind of picture; what was not measured is a dash."""
    parts = [_case(case) for case in report["cases"]]
    parts += [f"{mark}\n" for mark in marks(report)]
    told = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    plan = ", ".join(f"{key} {value}" for key, value in report["plan"].items() if value is not None)
    rate = report["matmul_tflops"]
    ceiling = f" MFU is of {rate:.0f} TFLOP/s, this card's own bfloat16 product of 8192." if rate else ""
    notes = [f"- {note}" for note in report.get("notes", [])]
    return "\n".join([*parts, *notes, *([""] if notes else []), f"{told}. Plan: {plan}.{ceiling}"]) + "\n"


def _case(case: dict[str, Any]) -> str:
    shortest, longest = case["text_tokens"]
    title = (
        f"## {case['size']}x{case['size']}, {case['steps']} steps, guidance {case['guidance']:g}, "
        f"texts of {shortest} to {longest} tokens"
    )
    rows = [_row(rung) for rung in case["rungs"]]
    return "\n".join([title, "", f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}", *rows, ""])


def _row(rung: dict[str, Any]) -> str:
    if why := rung.get("failed") or rung.get("skipped"):
        kind = "failed" if "failed" in rung else "skipped"
        return f"| {rung['rung']} | {kind}: {why.replace('|', '/')} |" + " |" * (len(HEAD) - 2)
    stages, memory, ratio = (rung.get(part) or {} for part in ("stages", "memory", "ratio"))
    latency, alone, quality = (rung.get(part) or {} for part in ("latency", "alone", "against_baseline"))
    wall = {name: seconds and 1e3 * seconds for name, seconds in stages.get("wall", {}).items()}
    cells = [
        name(rung), _spread(rung.get("per_minute")), *(_spread(ratio.get(level)) for level in LEVELS),
        _share(rung.get("of_kernel_floor")), _number(stages.get("step_ms")), _number(stages.get("image_steps")),
        _pair(wall.get("encode"), wall.get("decode")), _share((rung.get("busy") or {}).get("share")),
        _number(rung.get("nvml"), 0), _number(rung.get("sm_util"), 1), _share(rung.get("processor_share")),
        _share(stages.get("mfu")), _pair(memory.get("weights_gib"), memory.get("working_gib")),
        _pair(memory.get("allocated_gib"), memory.get("reserved_gib")), _pair(alone.get("p50"), alone.get("p95")),
        _pair(latency.get("p50"), latency.get("p95")),
        f"{_number((quality.get('relative_by_step') or [None])[-1], 6)}, {_number(quality.get('latents_psnr_db'))}",
        f"{_number(quality.get('pixels_max'), 0)}, {_number(quality.get('pixels_psnr_db'))}, "
        f"{_number(quality.get('pixels_ssim'), 4)}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, places: int = 2) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _pair(one: float | None, other: float | None) -> str:
    return f"{_number(one)}, {_number(other)}"


def _spread(values: dict[str, float] | None) -> str:
    if values is None:
        return "–"
    return f"{values['median']:.2f} ({values['lowest']:.2f} to {values['highest']:.2f})"
