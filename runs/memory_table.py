"""The report of memory_check.py as Markdown: prediction beside measurement, and who fits where. Knows no model."""

from typing import Any

GIB = 2**30
STAGES = ("encode", "denoise", "decode")


def as_markdown(report: dict[str, Any]) -> str:
    machine = report["machine"]
    lines = ["# Predicted and measured memory", ""]
    if machine["small"]:
        lines += ["**Toy sizes: to see that it runs. No figure here means anything.**", ""]
    lines += [*_peaks(report), "", *_fits(report), "", *_constants(report)]
    lines += [f"- skipped: {one}" for one in report["skipped"]]
    told = ", ".join(f"{key} {value}" for key, value in machine.items())
    return "\n".join([*lines, "", f"{told}; {report['seconds']:.0f} s."]) + "\n"


def _peaks(report: dict[str, Any]) -> list[str]:
    """Without a limit: each stage's peak."""
    lines = [
        "| model | stage | predicted GiB | allocated GiB | off by | reserved GiB |",
        "|---|---|---|---|---|---|",
    ]
    for cell in report["cells"]:
        if cell["card_gib"] is not None:
            continue
        for stage in STAGES:
            found = cell["stages"].get(stage)
            predicted = cell["predicted"][stage]
            row = f"| {_name(cell)} | {stage} | {_gib(predicted)} |"
            if found is None or found["allocated"] is None:
                lines.append(f"{row} – | – | – |")
                continue
            off = predicted / found["allocated"] - 1
            lines.append(f"{row} {_gib(found['allocated'])} | {off:+.1%} | {_gib(found['reserved'])} |")
    return lines


def _fits(report: dict[str, Any]) -> list[str]:
    """Each imitated card: predicted / did."""
    cards = sorted({cell["card_gib"] for cell in report["cells"] if cell["card_gib"] is not None})
    names = list(dict.fromkeys(_name(cell) for cell in report["cells"]))
    lines = ["Fits on a card of so many GiB, predicted / in fact:", ""]
    lines += ["| model | " + " | ".join(map(str, cards)) + " |", "|---" * (len(cards) + 1) + "|"]
    wrong = total = 0
    for name in names:
        row = {cell["card_gib"]: cell for cell in report["cells"] if _name(cell) == name}
        shown = []
        for card in cards:
            verdict = judged(row[card])
            total += verdict is not None
            wrong += verdict is False
            shown.append(_shown(row[card], verdict))
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return [*lines, "", f"{total - wrong} of {total} as predicted."]


def judged(cell: dict[str, Any]) -> bool | None:
    """Was it as predicted? None where it was not run to an end."""
    fits = fitted(cell)
    return None if fits is None else fits == cell["predicted_fits"]


def fitted(cell: dict[str, Any]) -> bool | None:
    """Did the whole picture fit? None where no stage failed and not all were run."""
    told = [one["fits"] for one in cell["stages"].values()]
    if not all(told):
        return False
    return True if len(told) == len(STAGES) else None


def _shown(cell: dict[str, Any], verdict: bool | None) -> str:
    predicted = "yes" if cell["predicted_fits"] else "no"
    if verdict is None:
        return f"{predicted} / –"
    told = f"{predicted} / {'yes' if fitted(cell) else 'no'}"
    return told if verdict else f"**{told}**"


def _constants(report: dict[str, Any]) -> list[str]:
    lines = []
    for name, told in report["constants"].items():
        measured = "not counted here" if told["measured"] is None else f"{told['measured']:g}"
        more = ""
        if told.get("unlimited") is not None:
            more = f" where memory was short, {told['unlimited']:g} without a limit, at most {told['unlimited_most']:g}"
        lines.append(
            f"- `{name}` in pawlette/advise/constants.py is {told['used']:g}; measured {measured}{more}"
        )
    return lines


def _name(cell: dict[str, Any]) -> str:
    return cell["case"] + (", in turns" if cell["in_turns"] else "")


def _gib(count: float) -> str:
    return f"{count / GIB:.2f}"
