"""The ramp's figures as Markdown, and how far each gauge was from the truth. Knows no clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pawlette.bench.tables import facts, markdown, number

HEAD = ("work", "asked %", "truth %", "busy %", "busy - truth, points", "NVML %", "SM_UTIL %", "processor %")


def as_markdown(report: Mapping[str, Any]) -> str:
    rows = [
        [one["burner"], number(100 * one["asked"], 0), number(100 * one["truth"], 1), number(100 * one["busy"], 1),
         number(one["error_points"], 2), number(one["nvml"], 0), number(one["sm_util"], 1),
         number(100 * one["processor"], 1)]
        for one in report["levels"]
    ]  # fmt: skip
    about = "; ".join(f"{name}: {what}" for name, what in report["burners"].items())
    notes = [f"- {note}" for note in report["notes"]]
    return "\n\n".join([
        f"# Periods of {1e3 * report['period']:.0f} ms, {report['seconds_a_level']:.1f} s a level", f"{about}.",
        markdown(HEAD, rows), *summary(report), *(["\n".join(notes)] if notes else []), f"{facts(report['machine'])}.",
    ]) + "\n"  # fmt: skip


def summary(report: Mapping[str, Any]) -> list[str]:
    """How far each gauge is from the truth at most, in a sentence each."""
    levels = report["levels"]
    if not levels:
        return []
    furthest = max(levels, key=lambda one: abs(one["error_points"]))
    said = [
        f"The busy figure is at most {abs(furthest['error_points']):.2f} points from the truth ({furthest['burner']}, "
        f"{100 * furthest['asked']:.0f} % asked)."
    ]
    gauged = [one for one in levels if one["nvml"] is not None]
    if gauged:
        worst = max(gauged, key=lambda one: abs(one["nvml"] - 100 * one["truth"]))
        said.append(
            f"NVML's figure is at most {abs(worst['nvml'] - 100 * worst['truth']):.0f} points from the share of the "
            f"time ({worst['burner']}, {100 * worst['asked']:.0f} % asked: it told {worst['nvml']:.0f})."
        )
    return said
