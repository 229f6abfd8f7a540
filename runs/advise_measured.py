"""What the advisor scales its predictions by: measured.json, made of the ladder's reports.

    python runs/advise_measured.py docs/benchmarks/engine.json [MORE ...] [--out pawlette/advise/measured.json]

Takes engine.json of runs/engine_bench.py and ladder.json of `pawlette bench ladder`. Of each rung that was measured one
entry: seconds a picture in its stream, or of its stages one after the other where no stream was drawn. Toy sizes are
left out, and so are cards that the advisor does not know, each with a line.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from pawlette.advise import cards
from pawlette.advise.measured import Anchor
from pawlette.bench.rungs import BASELINE, rungs
from pawlette.errors import BadJob

OUT = Path(__file__).parent.parent / "pawlette" / "advise" / "measured.json"
PRECISIONS = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    entries = [anchor.to_dict() for path in options.reports for anchor in of_file(path)]
    options.out.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    print(f"{options.out}  {len(entries)} measurements")


def of_file(path: Path) -> Iterator[Anchor]:
    """Of a ladder's report, or of the engine's, which holds several."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    for report in [whole] if "cases" in whole else [one.get("report") for one in whole.values()]:
        if report and "cases" in report:
            yield from of_report(report)


def of_report(report: dict[str, Any]) -> Iterator[Anchor]:
    machine = report["machine"]
    if machine["small"]:
        return
    cores = machine["threads"] if machine["device"] == "cpu" else 0
    try:
        card = "CPU" if cores else cards.find(machine["device"]).name
    except BadJob as error:
        print(f"left out: {error}", file=sys.stderr)
        return
    known = rungs("1.x" if machine["model"] == "1.x" else "2.1")
    for case in report["cases"]:
        for entry in case["rungs"]:
            seconds = seconds_of(entry, case["steps"])
            if entry["rung"] == BASELINE or entry["rung"] not in known or seconds is None:
                continue
            rung = known[entry["rung"]]
            if rung.inline:  # no list is drawn so
                continue
            switches = rung.switches
            if switches.precision == "auto":
                switches = replace(switches, precision=PRECISIONS[machine["dtype"]])
            where = f"{cores} cores" if cores else card
            yield Anchor(
                card=card, model=machine["model"], size=case["size"], steps=case["steps"],
                guided=case["guidance"] > 1.0, rows=rung.batch, switches=switches, seconds=seconds, cores=cores,
                text_tokens=round(mean(case["text_tokens"])),
                source=f"rung {rung.name} of the ladder on {where}, torch {machine['torch']}",
            )  # fmt: skip


def seconds_of(entry: dict[str, Any], steps: int) -> float | None:
    """A picture's; None where nothing was measured."""
    if "per_minute" in entry:
        return 60.0 / float(entry["per_minute"]["median"])
    stages = entry.get("stages")
    if not stages or not stages.get("image_steps"):
        return None
    return float(stages["wall"]["encode"] + steps / stages["image_steps"] + stages["wall"]["decode"])


if __name__ == "__main__":
    main()
