"""Is the busy figure true? A duty cycle of 10 to 100 % on one multiprocessor and on all, in less than a minute.

    python runs/busy_ramp.py --out DIR                 on a GPU: kernel-busy, NVML and SM_UTIL against the truth
    python runs/busy_ramp.py --out DIR --small         three short levels, on whatever is here: does it run?
    python runs/busy_ramp.py --out DIR --plot          only draw ramp.png anew from DIR/ramp.json

Leaves ramp.json, ramp.md and, where matplotlib is installed, ramp.png. Needs no model. How to read it:
docs/measuring.md.
"""

import argparse
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--budget", type=float, default=55.0, help="seconds for all levels")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--plot", action="store_true")
    options = parser.parse_args()
    if not options.plot:
        measure(options)
    draw(options.out)


def measure(options: argparse.Namespace) -> None:
    from pawlette import device as devices
    from pawlette.bench import ramp, ramp_report

    small = {"budget": 8.0, "shares": (0.2, 0.6, 1.0)} if options.small else {"budget": options.budget}
    report = ramp.run(devices.choose(options.device), options.out, **small)
    print("\n".join(ramp_report.summary(report)))


def draw(out: Path) -> None:
    report = json.loads((out / "ramp.json").read_text(encoding="utf-8"))
    try:
        from pawlette.bench import plots
    except ModuleNotFoundError as error:
        print(
            f"{error.name} is not installed here: ramp.json has every figure, and --plot draws it elsewhere"
        )
        return
    print(plots.ramp(report, out))


if __name__ == "__main__":
    main()
