"""What our own kernels (the switch `fused`) save of a denoiser's layer: milliseconds, and each side's kernels.

    python runs/fused_bench.py --out DIR [--budget SECONDS]      on one GPU, in less than 100 seconds
    python runs/fused_bench.py --out DIR --small                 toy sizes, uncompiled, on a CPU: does everything run?

A few blocks of true shapes with random weights, with the switches of the rung `graphless`, as one CUDA graph. The
plain twin and the fused side have the same weights and run in turns, round by round, so that the card's clock is the
same for both. A case for which no time is left is named. Leaves fused.json and fused.md, written anew after each case.
"""

import argparse
import json
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pawlette import device as devices
from pawlette.bench import tables
from pawlette.bench.busy import watch
from pawlette.bench.environment import environment
from pawlette.bench.rungs import rungs
from pawlette.model import table
from pawlette.model.compiled import allow_shapes
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from pawlette.model.fast import prepare
from pawlette.model.switches import Switches

START = time.monotonic()
TEXT, PADDING = 96, 30  # text tokens of a row, and how many of them are padding at most
SHOWN, LETTERS = 14, 60  # kernels of a side in the page, and letters of their names


@dataclass(frozen=True, slots=True)
class Case:
    model: str
    precision: str
    rows: int
    tokens: int  # of the image, a square

    @property
    def name(self) -> str:
        return f"{self.model} {self.precision} {self.rows}x{self.tokens}"


# 1.x draws with guidance: two rows a picture. The most telling come first.
SIZES = {"1.x": ((2, 4096), (32, 1024)), "2.1": ((16, 256), (1, 4096), (1, 256))}
KINDS = (("1.x", "bf16"), ("2.1", "fp8"), ("1.x", "fp8"), ("2.1", "bf16"))
CASES = [Case(*kind, *size) for kind in KINDS for size in SIZES[kind[0]]]
CONFIGS = {
    "1.x": (Denoiser1, Denoiser1Config(num_layers=3)),
    "2.1": (Denoiser21, Denoiser21Config(num_layers=4)),
}
TOY: dict[str, Any] = {"num_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
                       "axes_dims_rope": (4, 6, 6)}  # fmt: skip
SECONDS, ROUNDS = 0.2, 5  # of one side's turn in a round


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=85.0, help="seconds, imports apart; 85 unless told")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    device = "cpu" if options.small else devices.choose("cuda")
    cases = [replace(case, rows=2, tokens=16) for case in CASES] if options.small else CASES
    report: dict[str, Any] = {
        "machine": environment(device, driver()), "small": options.small, "switches": asdict(switches_of(cases[0])),
        "rows": [],
    }  # fmt: skip
    for row in measured(list(dict.fromkeys(cases)), device, options.budget, small=options.small):
        report["rows"].append(row)
        (options.out / "fused.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        (options.out / "fused.md").write_text(as_markdown(report), encoding="utf-8")
        print(" ".join(line_of(row)), f"({time.monotonic() - START:.0f} s)", flush=True)


def driver() -> str | None:
    """Of an NVIDIA card, where there is one."""
    asked = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def measured(cases: Sequence[Case], device: str, budget: float, *, small: bool) -> Iterator[dict[str, Any]]:
    """A row for each case; the blocks of one model and precision are made once."""
    allow_shapes()
    longest = 0.0
    for _, group in groupby(cases, key=lambda case: (case.model, case.precision)):
        sides: dict[str, Any] = {}
        for case in group:
            if time.monotonic() - START + longest > budget:
                yield {**asdict(case), "failed": "no time left"}
                continue
            begun = time.monotonic()
            try:
                sides = sides or {
                    name: made(case, device, name == "fused", small) for name in ("plain", "fused")
                }
                yield asdict(case) | compared(case, sides, device, small=small)
            except Exception as error:  # of one case: the others are measured all the same
                yield {
                    **asdict(case),
                    "failed": f"{type(error).__name__}: {str(error).splitlines()[0][:200]}",
                }
            longest = max(longest, time.monotonic() - begun)


def switches_of(case: Case, *, fused: bool = True, small: bool = False) -> Switches:
    """Of the rung `graphless`."""
    graphless = rungs(case.model)["graphless"].switches
    return replace(graphless, precision=case.precision, fused=fused, compiled=not small, folded=False)


@torch.inference_mode()
def made(case: Case, device: str, fused: bool, small: bool) -> Any:
    """A denoiser of few layers, as it is loaded with the switches; the same weights at each call."""
    switches = switches_of(case, fused=fused, small=small)
    devices.use_attention(switches.attention)
    kind, config = CONFIGS[case.model]
    torch.manual_seed(0)
    with torch.device("meta"):
        denoiser = kind(replace(config, **TOY) if small else config)
        if switches.table:
            table.take_out(denoiser, None)
    denoiser = denoiser.to(torch.bfloat16).to_empty(device=device).requires_grad_(False).eval()
    for name, weight in denoiser.named_parameters():
        if "norm" in name:
            weight.fill_(1.0)  # gains: attention shall have something to weigh
        else:
            weight.normal_(std=0.02)
    # No decoder and no text tower.
    prepare(switches, denoiser, SimpleNamespace(stages=()), SimpleNamespace(tower=None), torch.device(device))
    if fused and device != "cpu" and not denoiser.transformer_blocks[0].fused:
        raise RuntimeError("Triton is not here, or cannot build: there is nothing to compare")
    return denoiser


@torch.inference_mode()
def act_of(case: Case, denoiser: Any, device: str) -> Callable[[], Tensor]:
    """All blocks behind each other on the same random inputs at each call; the image's tokens are returned."""
    torch.manual_seed(1)
    config, rows, blocks = denoiser.config, case.rows, denoiser.transformer_blocks
    random = partial(torch.randn, device=device, dtype=torch.bfloat16)
    side = int(case.tokens**0.5)
    lengths = torch.randint(TEXT - PADDING, TEXT, (rows,), device=device)
    mask = torch.arange(TEXT, device=device) < lengths[:, None]
    image, text = random(rows, case.tokens, config.width), random(rows, TEXT, config.width)
    if case.model == "1.x":
        visible = F.pad(mask, (0, case.tokens), value=True)[:, None, None]
        turn = denoiser.turn(TEXT, (side, side), image.device)
        temb, table_rows = random(rows, config.width), 0.1 * random(rows, len(blocks), 2, 6 * config.width)

        def act() -> Tensor:
            of_text, of_image = text, image
            for layer, block in enumerate(blocks):
                of_text, of_image = block(of_text, of_image, temb, turn, visible, table_rows[:, layer])
            return of_image

    else:
        sigmas = torch.rand(rows, device=device)
        shared = partial(Denoiser21.shared, denoiser)  # not compiled: it is made once
        _, modulation, angles, seen = shared(image, sigmas, TEXT, (side, side), mask)
        heads = (config.num_attention_heads, TEXT, config.attention_head_dim)
        prefix = random(rows, len(blocks), 2, *heads)

        def act() -> Tensor:
            x = image
            for layer, block in enumerate(blocks):
                x = block(x, modulation, 0, angles, seen, prefix[:, layer])
            return x

    return act


@torch.inference_mode()
def compared(case: Case, sides: dict[str, Any], device: str, *, small: bool) -> dict[str, Any]:
    """Milliseconds of a layer of each side, round by round; how far apart what they give is; and their kernels."""
    layers = len(sides["plain"].transformer_blocks)
    acts = {name: act_of(case, denoiser, device) for name, denoiser in sides.items()}
    given = {name: act().float() for name, act in acts.items()}  # compiles
    apart = (given["fused"] - given["plain"]).norm() / given["plain"].norm()
    ready, given = {name: recorded(act, device) for name, act in acts.items()}, {}
    once = {name: row_of(act, device, 3) for name, act in ready.items()}
    repeats = {name: 1 if small else max(3, round(SECONDS / took)) for name, took in once.items()}
    rounds: dict[str, list[float]] = {name: [] for name in ready}
    for _ in range(ROUNDS):
        for name, act in ready.items():
            rounds[name].append(1e3 * row_of(act, device, repeats[name]) / layers)
    row: dict[str, Any] = {"layers": layers, "apart": apart.item()}
    for name, act in ready.items():
        row[name] = {"ms": statistics.median(rounds[name]), "rounds": rounds[name]} | traced(
            act, device, layers
        )
    return row | {"saved": 1 - row["fused"]["ms"] / row["plain"]["ms"]}


def recorded(act: Callable[[], Tensor], device: str) -> Callable[[], object]:
    return devices.Recording(device, act).replay if device.startswith("cuda") else act


def row_of(act: Callable[[], object], device: str, repeats: int) -> float:
    """Seconds of one, from a row of them."""
    devices.finish_work(device)
    begun = time.perf_counter()
    for _ in range(repeats):
        act()
    devices.finish_work(device)
    return (time.perf_counter() - begun) / repeats


def traced(act: Callable[[], object], device: str, layers: int) -> dict[str, Any]:
    """What the kernels of a layer take by the profiler's trace, all of them and the costliest."""

    def ended() -> None:
        act()
        devices.finish_work(device)

    busy = watch(ended, device=device)
    return {
        "kernels_ms": 1e3 * busy.summed / layers,
        "kernels": [[name, 1e6 * took / layers] for name, took in busy.heaviest],
    }


def line_of(row: dict[str, Any]) -> list[str]:
    """A row of the table."""
    name = Case(*(row[key] for key in ("model", "precision", "rows", "tokens"))).name
    if "failed" in row:
        return [name, row["failed"]]
    spread = [f"{row[side]['ms']:.3f} ({min(row[side]['rounds']):.3f} to {max(row[side]['rounds']):.3f})"
              for side in ("plain", "fused")]  # fmt: skip
    kernels = [f"{row[side]['kernels_ms']:.3f}" for side in ("plain", "fused")]
    return [name, *spread, f"{100 * row['saved']:.1f} %", *kernels, f"{row['apart']:.1e}"]


def as_markdown(report: dict[str, Any]) -> str:
    head = [
        "blocks",
        "plain, ms a layer",
        "fused, ms a layer",
        "saved",
        "plain's kernels",
        "fused's kernels",
        "apart",
    ]
    parts = [
        "# What our own kernels save of a layer", "", tables.facts(report["machine"]),
        f"Medians of {ROUNDS} rounds and their span; {TEXT} text tokens, up to {PADDING} of them padding. Kernels are"
        " summed over one traced run, ms a layer. Apart: the norm of the difference of what both sides give, over the"
        " plain twin's norm.",
        "", tables.markdown(head, map(line_of, report["rows"])), "",
    ]  # fmt: skip
    for row in report["rows"]:
        if "failed" not in row:
            parts += [f"## {line_of(row)[0]}", "", kernels_of(row), ""]
    return "\n".join(parts)


def kernels_of(row: dict[str, Any]) -> str:
    """The costliest kernels of both sides, beside each other: microseconds a layer."""
    sides = [
        [(shortened(name), f"{took:.1f}") for name, took in row[side]["kernels"][:SHOWN]]
        for side in ("plain", "fused")
    ]
    count = max(map(len, sides))
    plain, fused = ([*side, *[("", "")] * (count - len(side))] for side in sides)
    return tables.markdown(
        ["plain", "us", "fused", "us"], ([*a, *b] for a, b in zip(plain, fused, strict=True))
    )


def shortened(kernel: str) -> str:
    """Without namespaces and without the end of what is long."""
    name = re.sub(r"\(anonymous namespace\)::|^void |\w+::", "", kernel)
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


if __name__ == "__main__":
    main()
