"""Attention of a denoising step by every kernel, with and without padding: milliseconds and TFLOP/s, as Markdown.

    python runs/attention_bench.py [--out DIR] [--repeats 20]

One layer's heads of both generations at 256², 512² and 1024², batch 1 and at the two smaller sizes 16; 64 text tokens,
20 of them padding. `masked` is PyTorch's own attention with a mask, by the kernel named or the next that takes one;
`unmasked` reckons padding out (pawlette/model/attention.py), compiled as in the blocks; `no padding` is the bound.
"""

import argparse
from functools import partial
from pathlib import Path

import torch

from pawlette import device as devices
from pawlette.bench.clocks import clock
from pawlette.model.attention import chosen, masked
from pawlette.model.compiled import allow_shapes

HEADS, WIDTH, TEXT, HIDDEN = {"2.1": 32, "1.x": 24}, 128, 64, 20
CASES = [(1, 256), (16, 256), (1, 512), (16, 512), (1, 1024)]


def timed(act, repeats: int) -> float:
    """Seconds of one, from a row of them, so that launching hides behind the kernels."""

    def row():
        for _ in range(repeats):
            act()

    row()  # compiled, and the kernel chosen
    return clock(row, "cuda", traced=False).wall / repeats


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    allow_shapes()
    lines = [f"{torch.cuda.get_device_name()}, torch {torch.__version__}, bf16", "",
             "| model | size | batch | kernel | masked | unmasked | no padding |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for model, heads in HEADS.items():
        for batch, size in CASES:
            keys = (size // 16) ** 2 + TEXT
            q, k, v = (
                torch.randn(batch, keys, heads, WIDTH, device="cuda", dtype=torch.bfloat16).transpose(1, 2)
                for _ in range(3)
            )
            visible = torch.ones(batch, 1, 1, keys, dtype=torch.bool, device="cuda")
            visible[..., TEXT - HIDDEN : TEXT] = False
            operations = 4 * batch * heads * keys**2 * WIDTH
            for kernel in ("auto", "efficient", "flash", "cudnn"):
                devices.use_attention(kernel)
                attend = torch.compile(chosen(kernel, torch.device("cuda"), least=0), dynamic=False)
                cells = []
                for act in (partial(masked, q, k, v, visible), partial(attend, q, k, v, visible),
                            partial(masked, q, k, v, None)):  # fmt: skip
                    took = timed(act, options.repeats)
                    cells.append(f"{1e3 * took:.3f} ms, {operations / took / 1e12:.0f}")
                lines.append(f"| {model} | {size} | {batch} | {kernel} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
    if options.out:
        (options.out / "attention.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
