"""Shows the scores of a model's pictures beside those of the reference: a table to read, and a sheet to look at.

Knows the shape of a report; measures nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from pawlette.bench.art_scores import Drawn

ACROSS = 15
CELL = 112
OWN = {"generator": "new pictures of the generator"}
GROUND = (236, 232, 240)  # behind transparent pictures


def as_markdown(report: Mapping[str, Any], reference: Mapping[str, Any] | None) -> str:
    """The table of `bench art`; the reference is the same measured on the generator's own pictures."""
    other = reference or {}
    parts = [
        "## Animals recognised",
        "",
        *_recognition("taught", report, other),
        *_recognition("stranger", report, other, note=" (never saw our art)"),
        *_weakest(report),
        "",
        "## What the prompt names",
        "",
        "| slot | pictures | this model | generator, same prompts | judge's own |",
        "|---|---|---|---|---|",
        *_slots(report["slots"], other.get("slots", {})),
        *_slots(report["unseen combinations"], other.get("unseen combinations", {}), "unseen: "),
        "",
        "## The pictures",
        "",
        "| figure | this model | generator | ratio |",
        "|---|---|---|---|",
        *_figures(report, other),
    ]
    return "\n".join(parts)


def _recognition(
    judge: str, report: Mapping[str, Any], other: Mapping[str, Any], note: str = ""
) -> list[str]:
    found = report["recognition"][judge]
    if found is None:
        return []
    lines = [
        f"- {judge}{note}: {found['accuracy']:.1%} of {found['pictures']} pictures of {found['animals']} animals"
    ]
    if "the five" in found:
        lines.append(f"  - panda, dolphin, bunny, elephant, parrot: {found['the five']:.1%}")
    for what, own in found["own"].items():
        if own is not None:
            ratio = "-" if own["ratio"] is None else f"{own['ratio']:.3f}"
            lines.append(
                f"  - its own accuracy on {OWN.get(what, f'the art of {what}')}, never seen by it: "
                f"{own['accuracy']:.1%} ({own['animals']} animals); ratio {ratio}"
            )
    if same := (other.get("recognition") or {}).get(judge):
        lines.append(f"  - on the generator's pictures of the same prompts: {same['accuracy']:.1%}")
    return lines


def _weakest(report: Mapping[str, Any], count: int = 10) -> list[str]:
    found = report["recognition"]["taught"]
    weak = sorted((share, animal) for animal, share in found["per_animal"].items() if share < 1)[:count]
    named = [
        f"{animal} {share:.0%} ({_taken_for(found['confusion'][animal], animal)})" for share, animal in weak
    ]
    return [f"- weakest: {', '.join(named)}"] if named else []


def _taken_for(seen: Mapping[str, int], animal: str) -> str:
    others = {name: count for name, count in seen.items() if name != animal}
    return max(others, key=lambda name: others[name])


def _slots(found: Mapping[str, Any], other: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines = []
    for slot, one in found.items():
        shares = one["accuracy"], other.get(slot, {}).get("accuracy"), one["own"]
        each = ", ".join(f"{value}: {share:.0%}" for value, share in one["per_value"].items())
        name = f"{prefix}{slot} ({each})" if slot == "count" else f"{prefix}{slot}"
        lines.append(f"| {name} | {one['pictures']} | {' | '.join(map(_percent, shares))} |")
    return lines


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


FIGURES = (
    ("statistics", ("saturation", "colourfulness", "edge_density", "edge_strength")),
    ("diversity", ("distance",)),
    ("nearest training picture", ("distance", "distance to untrained", "nearer to training")),
    ("alpha", ("haze", "core", "crumbs", "covered")),
)


def _figures(report: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    lines = []
    for group, names in FIGURES:
        ours, theirs = report.get(group) or {}, other.get(group) or {}
        for name in names:
            if name in ours:
                beside = theirs.get(name)
                ratio = f"{ours[name] / beside:.2f}" if beside else "-"
                lines.append(f"| {group}: {name} | {_short(ours[name])} | {_short(beside)} | {ratio} |")
    return lines


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def sheet(drawn: Sequence[Drawn], missed: Collection[str]) -> Image.Image:
    """Every picture small, in the benchmark's order, none left out; a red frame where a judge saw something else."""
    page = Image.new("RGB", (ACROSS * CELL, -(-len(drawn) // ACROSS) * CELL), "white")
    pen = ImageDraw.Draw(page)
    for index, one in enumerate(sorted(drawn, key=lambda one: str(one.wish.file))):
        x, y = index % ACROSS * CELL, index // ACROSS * CELL
        small = one.picture.resize((CELL - 8, CELL - 8), Image.Resampling.LANCZOS)
        if str(one.wish.file) in missed:
            pen.rectangle((x, y, x + CELL - 1, y + CELL - 1), fill=(214, 69, 65))
        ground = Image.new("RGBA", small.size, GROUND)
        page.paste(Image.alpha_composite(ground, small).convert("RGB"), (x + 4, y + 4))
    return page


def missed_files(report: Mapping[str, Any]) -> set[str]:
    """The files in which the judge that knows our art saw another animal, or missed what the prompt names."""
    lines = list(report["recognition"]["taught"]["taken for another"])
    for group in ("slots", "unseen combinations"):
        lines += [line for one in report[group].values() for line in one["missed"]]
    return {line.partition(": ")[0] for line in lines}
