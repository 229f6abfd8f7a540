"""The pictures of a measurement, drawn from its figures alone: lanes over time, bars, curves. Knows no clock.

Figures are made without pyplot, so nothing is kept between them and no display is needed.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pawlette.bench import ladder_report
from pawlette.bench.bench_report import ours, rate
from pawlette.bench.lanes import LANES, Lanes
from pawlette.bench.prompts import CARD, STUDY, TABLE
from pawlette.files import write_whole

COLOURS = {
    "encode": "#4477aa", "denoise": "#ee6677", "decode": "#228833", "copy": "#ccbb44", "save": "#aa3377",
}  # fmt: skip
GREY = "#999999"
LINE = 125  # letters of a title over the whole width


def save(figure: Figure, path: Path) -> Path:
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120, bbox_inches="tight")
    return write_whole(path, data.getvalue())


def lanes(panels: Sequence[tuple[str, float, Lanes]], path: Path) -> Path:
    """One panel for each way, (title, seconds, lanes), above each other on one scale of time."""
    figure = Figure(figsize=(11, 0.6 + 1.9 * len(panels)), layout="constrained")
    longest = max(wall for _, wall, _ in panels)
    for axes, (title, wall, own) in zip(_stacked(figure, len(panels)), panels, strict=True):
        for row, lane in enumerate(reversed(LANES)):
            bars = [(start, end - start) for start, end in own.get(lane, [])]
            axes.broken_barh(bars, (row - 0.4, 0.8), facecolors=COLOURS[lane])
            if not bars:
                missing = "none" if lane in own else "not told"
                axes.text(0.005 * longest, row, missing, va="center", color=GREY, fontsize=8)
        axes.set_yticks(range(len(LANES)), reversed(LANES))
        axes.set_title(textwrap.fill(title, LINE), loc="left", fontsize=10)
        axes.axvline(wall, color=GREY, linewidth=0.8, linestyle=":")
        axes.set_xlim(0, longest)
        axes.set_ylim(-0.6, len(LANES) - 0.4)
    axes.set_xlabel("seconds")
    return save(figure, path)


def _stacked(figure: Figure, count: int) -> list[Axes]:
    made: Any = figure.subplots(count, 1, sharex=True, squeeze=False)
    return list(made[:, 0])


def profile(report: Mapping[str, Any], out: Path) -> Path:
    """A profile's lanes, each way in its panel."""
    panels = []
    for way in report["ways"]:
        found = way["dissection"]
        title = (
            f"{way['way']}: {way['about']}; {100 * found['busy'] / found['wall']:.0f}\N{NO-BREAK SPACE}% busy "
            f"({found['basis']}), {way['per_minute']:.1f} pictures a minute untraced"
        )
        panels.append((title, found["wall"], way["lanes"]))
    return lanes(panels, out / "lanes.png")


def bench(report: Mapping[str, Any], out: Path) -> list[Path]:
    """Of `pawlette bench`: the study's table beside ours, a timeline, and the ladder where it was climbed."""
    made = [study(report["protocol"], out / "study.png")]
    timelines = report["protocol"]["timelines"]
    if timelines:
        panels = [
            (
                f"{one['way']}, the last prompt without a pause (host time, untraced)",
                one["seconds"],
                one["lanes"],
            )
            for one in timelines
        ]
        made.append(lanes(panels, out / "timeline.png"))
    cases = report["ladder"]["cases"] if report["ladder"] else []
    return [*made, *(ladder(case, out / f"ladder-{case['size']}.png") for case in cases if _climbed(case))]


def study(protocol: Mapping[str, Any], path: Path) -> Path:
    """The study's four columns, prompt by prompt, beside our two ways; what was not told has no bar."""
    columns = {
        "latency_ms": "latency, ms", "nvml": "NVML while denoising, %", "memory_mb": "VRAM peak, MB",
        "per_minute": "pictures a minute",
    }  # fmt: skip
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    labels = {"the study": GREY, "plain": "#4477aa", "engine": "#ee6677"}
    every: Any = figure.subplots(2, 2)
    for axes, (name, title) in zip(every.flat, columns.items(), strict=True):
        silent = []
        for shift, (label, colour) in enumerate(labels.items()):
            values = [_of(protocol, label, prompt, name) for prompt in STUDY]
            known = [
                (place + 0.27 * (shift - 1), value) for place, value in enumerate(values) if value is not None
            ]
            if known:
                bars = axes.bar(*zip(*known, strict=True), width=0.25, color=colour, label=label)
                axes.bar_label(bars, fmt=_told, fontsize=7, rotation=90, padding=2)
            else:
                silent.append(label)
        if silent:
            axes.text(0.99, 0.97, f"not told here: {', '.join(silent)}", transform=axes.transAxes, ha="right",
                      va="top", fontsize=8, color=GREY)  # fmt: skip
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xticks(range(len(STUDY)), [prompt.removeprefix("a ") for prompt in STUDY], fontsize=8)
        axes.set_xlim(-0.6, len(STUDY) - 0.4)
        axes.margins(y=0.3)
    figure.legend(
        handles=[Patch(color=colour, label=label) for label, colour in labels.items()], ncols=3, fontsize=8,
        loc="outside lower center",
    )  # fmt: skip
    figure.suptitle(
        f"The study's protocol: theirs on an {CARD}; ours is another model on another machine", fontsize=10
    )
    return save(figure, path)


def _told(value: float) -> str:
    """Four digits, or all before the point."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _of(protocol: Mapping[str, Any], label: str, prompt: str, name: str) -> float | None:
    if label == "the study":
        return float(getattr(TABLE[prompt], name))
    return ours(protocol, label, [prompt])[name]


def _climbed(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [rung for rung in case["rungs"] if rate(rung, case) is not None]


def ladder(case: Mapping[str, Any], path: Path) -> Path:
    """Pictures a minute of each rung with the spread of its rounds, and how busy the device was by each measure."""
    rungs = _climbed(case)
    figure = Figure(figsize=(11, 1.6 + 0.42 * len(rungs)), layout="constrained")
    made: Any = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    rates, shares = made
    places = range(len(rungs))
    spreads = [rate(rung, case) or {} for rung in rungs]
    values = [one["median"] for one in spreads]
    below = [one["median"] - one["lowest"] for one in spreads]
    above = [one["highest"] - one["median"] for one in spreads]
    bars = rates.barh(places, values, xerr=(below, above), color="#4477aa", ecolor=GREY, capsize=2)
    rates.bar_label(bars, fmt=_told, fontsize=8, padding=3)
    rates.set_yticks(places, [ladder_report.name(rung) for rung in rungs])
    rates.invert_yaxis()
    rates.margins(x=0.15)
    rates.set_xlabel("pictures a minute: median, lowest to highest round")
    measures = {
        "kernel-busy": ("o", [(rung.get("busy") or {}).get("share") for rung in rungs], 100.0),
        "MFU": ("s", [(rung.get("stages") or {}).get("mfu") for rung in rungs], 100.0),
        "NVML": ("^", [rung.get("nvml") for rung in rungs], 1.0),
        "SM_UTIL": ("v", [rung.get("sm_util") for rung in rungs], 1.0),
        "processor": ("x", [rung.get("processor_share") for rung in rungs], 100.0),
    }  # fmt: skip
    widest = 100.0  # an MFU may be more: it counts operations that a prefix or FP8 spares
    for name, (marker, told, scale) in measures.items():
        known = [
            (scale * value, place) for place, value in zip(places, told, strict=True) if value is not None
        ]
        if known:
            shares.plot(*zip(*known, strict=True), marker, label=name)
            widest = max(widest, *(value for value, _ in known))
    shares.set_xlim(0, 1.05 * widest)
    shares.set_xlabel("percent")
    if shares.get_legend_handles_labels()[0]:
        figure.legend(fontsize=8, ncols=len(measures), loc="outside lower right")
    rates.set_title(
        f"{case['size']}x{case['size']}, {case['steps']} steps, guidance {case['guidance']:g}",
        loc="left",
        fontsize=10,
    )
    return save(figure, path)


def ramp(report: Mapping[str, Any], out: Path) -> Path:
    """What each gauge told against the truth, a panel for each kind of work."""
    burners = list(report["burners"])
    figure = Figure(figsize=(5 * len(burners), 4.6), layout="constrained")
    made: Any = figure.subplots(1, len(burners), squeeze=False, sharey=True)
    gauges = {"busy": ("o-", 100.0), "nvml": ("^-", 1.0), "sm_util": ("v-", 1.0), "processor": ("x:", 100.0)}
    names = {"busy": "busy, by the trace", "nvml": "NVML", "sm_util": "SM_UTIL", "processor": "processor"}
    for axes, burner in zip(made[0], burners, strict=True):
        levels = [one for one in report["levels"] if one["burner"] == burner]
        axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8)
        for key, (style, scale) in gauges.items():
            points = [(100 * one["truth"], scale * one[key]) for one in levels if one[key] is not None]
            if points:
                axes.plot(*zip(*points, strict=True), style, label=names[key], markersize=4)
        axes.set_title(f"{burner}: {report['burners'][burner]}", loc="left", fontsize=9)
        axes.set_xlabel("busy in truth, % of the time")
        axes.legend(fontsize=8, loc="upper left")
    made[0][0].set_ylabel("told, %")
    return save(figure, out / "ramp.png")
