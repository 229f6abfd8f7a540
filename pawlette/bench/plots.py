"""The pictures of a measurement, drawn from its figures alone: lanes over time, bars, curves. Knows no clock.

Figures are made without pyplot, so nothing is kept between them and no display is needed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pawlette.bench.lanes import LANES, Lanes
from pawlette.files import write_whole

COLOURS = {
    "encode": "#4477aa", "denoise": "#ee6677", "decode": "#228833", "copy": "#ccbb44", "save": "#aa3377",
}  # fmt: skip
GREY = "#999999"


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
                axes.text(0.005 * longest, row, "none", va="center", color=GREY, fontsize=8)
        axes.set_yticks(range(len(LANES)), reversed(LANES))
        axes.set_title(title, loc="left", fontsize=10)
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
            f"{way['way']}: {way['about']}; {100 * found['busy'] / found['wall']:.0f} % busy "
            f"({found['basis']}), {way['per_minute']:.1f} pictures a minute untraced"
        )
        panels.append((title, found["wall"], way["lanes"]))
    return lanes(panels, out / "lanes.png")
