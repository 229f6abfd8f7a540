"""A profile as Markdown: where a window and a denoising step go, by stage, and the longest gaps. Knows no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pawlette.bench.dissect import COPIES, ON_CPU, ON_GPU
from pawlette.bench.tables import facts, markdown
from pawlette.bench.trace import KERNEL, LAUNCH, OPERATOR, PYTHON, WAIT

STUDY = {  # section 4.1 of the study, of one denoising step on an RTX 3060 Laptop
    "kernels": "35 to 40", "copies to the device": "about 28", "Python and logging": "about 20",
    "node dependency checks": "about 17",
}  # fmt: skip


def as_markdown(report: Mapping[str, Any]) -> str:
    size = f"{report['width']}x{report['height']}"
    title = f"# {report['jobs']} pictures of {size}, {report['steps']} steps, guidance {report['guidance']:g}"
    notes = [*report["notes"]]
    if any(way["dissection"]["basis"] != KERNEL for way in report["ways"]):
        notes.append("No kernel was seen: PyTorch's operators stand for them, as on a CPU.")
    parts = [
        title, "\n".join(f"- {note}" for note in notes), _summary(report["ways"]),
        _steps_beside_the_study(report["ways"]), *(_way(way) for way in report["ways"]), f"{facts(report['machine'])}.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole > 0 else "–"


def ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}"


def _summary(ways: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for way in ways:
        found = way["dissection"]
        kinds = ON_GPU if found["basis"] == KERNEL else ON_CPU
        rest = ", ".join(f"{kind} {share(found['parts'][kind], found['wall'])}" for kind in kinds[1:])
        rows.append([
            way["way"], f"{way['per_minute']:.2f}", f"{way['seconds']:.3f}", f"{way['traced_seconds']:.3f}",
            share(found["busy"], found["wall"]), rest,
        ])  # fmt: skip
    busy = f"busy ({ways[0]['dissection']['basis']})" if ways else "busy"
    head = (
        "way",
        "pictures a minute, untraced",
        "seconds, untraced",
        "seconds, traced",
        busy,
        "the rest of the traced time",
    )
    return markdown(head, rows)


def _steps_beside_the_study(ways: Sequence[Mapping[str, Any]]) -> str:
    """The study's section 4.1 and the same split of our own steps, in percent of a step's cycle."""
    found = [(way["way"], cycle(way["dissection"]["steps"])) for way in ways]
    found = [(name, parts) for name, parts in found if parts]
    if not found:
        return "No denoising step lies whole in the traced window."
    kinds = [kind for kind in ON_GPU if any(kind in parts for _, parts in found)]
    rows = [[kind, STUDY.get(kind, "–"), *(_of_cycle(parts, kind) for _, parts in found)] for kind in kinds]
    rows += [[kind, said, *("–" for _ in found)] for kind, said in STUDY.items() if kind not in kinds]
    rows.append(["a step's cycle, ms", "–", *(ms(sum(parts.values())) for _, parts in found)])
    return "A denoising step, in percent of its cycle:\n\n" + markdown(
        ("part", "the study", *(name for name, _ in found)), rows
    )


def _of_cycle(parts: Mapping[str, float], kind: str) -> str:
    return f"{100 * parts[kind] / sum(parts.values()):.1f}" if kind in parts else "–"


def cycle(steps: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The mean step, in seconds by part."""
    seen = sum(step["seen"] for step in steps)
    kinds = {kind for step in steps for kind in step["parts"]}
    return {kind: sum(step["seen"] * step["parts"][kind] for step in steps) / seen for kind in kinds}


def _way(way: Mapping[str, Any]) -> str:
    found = way["dissection"]
    parts = [f"## {way['way']}: {way['about']}", _stages(found), _steps(found), _gaps(found)]
    return "\n\n".join([*parts, f"Every event: `{way['trace']}`, for https://ui.perfetto.dev."])


def _stages(found: Mapping[str, Any]) -> str:
    on_gpu = found["basis"] == KERNEL
    device = (KERNEL, *COPIES) if on_gpu else ()
    host = (LAUNCH, OPERATOR, PYTHON, WAIT) if on_gpu else (OPERATOR, PYTHON)
    head = ("stage", "calls", *(["kernels seen"] if on_gpu else []), *(f"{kind}, ms" for kind in device),
            *(f"host: {kind}, ms" for kind in host))  # fmt: skip
    rows = [
        [stage["stage"], str(stage["calls"]), *([str(stage["kernels"])] if on_gpu else []),
         *(ms(stage["device"].get(kind, 0.0)) for kind in device),
         *(ms(stage["host"].get(kind, 0.0)) for kind in host)]
        for stage in found["stages"]
    ]  # fmt: skip
    return (
        "By stage, over the whole window (stages run beside each other, so these do not add up to it):\n\n"
        + markdown(head, rows)
    )


def _steps(found: Mapping[str, Any]) -> str:
    kinds = [kind for kind in ON_GPU if any(kind in step["parts"] for step in found["steps"])]
    rows = [
        [
            str(step["step"]),
            str(step["seen"]),
            ms(step["cycle"]),
            *(ms(step["parts"][kind]) for kind in kinds),
        ]
        for step in found["steps"]
    ]
    head = ("step", "seen", "cycle, ms", *(f"{kind}, ms" for kind in kinds))
    return "By denoising step (mean of all that were seen):\n\n" + markdown(head, rows)


def _gaps(found: Mapping[str, Any]) -> str:
    rows = [
        [ms(gap["start"]), ms(gap["length"]), gap["after"] or "–", gap["before"] or "–",
         "; ".join(f"{one['stage']}: {one['what']} {ms(one['seconds'])}" for one in gap["doings"])
         or "no stage was at work"]
        for gap in found["gaps"]
    ]  # fmt: skip
    return f"The longest gaps, in which no {found['basis'].removesuffix('s')} ran:\n\n" + markdown(
        ("at, ms", "length, ms", "after", "before", "what the host did meanwhile, ms"), rows
    )
