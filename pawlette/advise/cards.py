"""What graphics cards can do, by public specification. A table and a search; knows no model.

Memory is what the driver tells of it. Rates are dense ones, without sparsity; those of tensor cores with float32 sums,
as PyTorch multiplies: GeForce cards reach half of what their boxes say. Sources: NVIDIA's data sheets and architecture
white papers (Turing, Ampere, Ada, Hopper, Blackwell), Apple's own figures for memory and bandwidth.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from pawlette.advise.constants import (
    APPLE_SHARE,
    BLAS_WORKSPACE,
    BLAS_WORKSPACE_ELSEWHERE,
    CONTEXT,
    GIB,
    HOST_SHARE,
)
from pawlette.errors import BadJob

BFLOAT16 = (8, 0)
FP8 = (8, 9)  # as device.FP8_CAPABILITY
COMPILES = (7, 0)  # what the compiler's kernels need


@dataclass(frozen=True, slots=True)
class Card:
    """One device. `others`: bytes that are in use already, where that was measured."""

    name: str
    memory: float  # GiB; of an Apple or a CPU, the machine's
    bandwidth: float  # GB/s
    fp32: float  # TFLOP/s
    half: float  # TFLOP/s: bfloat16 or float16
    capability: tuple[int, int] | None = None  # of CUDA; None: no NVIDIA card
    kind: str = "cuda"  # or mps, cpu
    fp8: float = 0.0  # TFLOP/s
    others: float = 0.0  # GiB
    assumed: bool = False  # are its rates those of a card of like memory?

    @property
    def precisions(self) -> tuple[str, ...]:
        """Those that change no picture first."""
        if self.kind != "cuda" or self.capability is None:
            return ("fp32",)
        if self.capability < BFLOAT16:
            return "fp32", "fp16"
        return ("bf16", "fp8") if self.capability >= FP8 else ("bf16",)

    @property
    def has_bfloat16(self) -> bool:
        return self.capability is not None and self.capability >= BFLOAT16

    @property
    def room(self) -> float:
        """Bytes that PyTorch can have."""
        if self.kind == "cuda":
            return (self.memory - self.others) * GIB - CONTEXT
        return self.memory * GIB * (APPLE_SHARE if self.kind == "mps" else HOST_SHARE)

    @property
    def workspace(self) -> int:
        return matrix_workspace(self.capability)

    def rate(self, precision: str) -> float:
        """Operations a second in matrix products."""
        return 1e12 * {"fp32": self.fp32, "fp8": self.fp8 or self.half}.get(precision, self.half)


CARDS = (
    Card("GTX 1650", 4, 128, 3.0, 6.0, (7, 5)),
    Card("RTX 2060", 6, 336, 6.5, 25.8, (7, 5)),
    Card("RTX 3060 Laptop", 6, 336, 10.9, 21.9, (8, 6)),
    Card("RTX 3060", 12, 360, 12.7, 25.5, (8, 6)),
    Card("RTX 3090", 24, 936, 35.6, 71.2, (8, 6)),
    Card("RTX 4060", 8, 272, 15.1, 30.2, (8, 9), fp8=60.5),
    Card("RTX 4070", 12, 504, 29.1, 58.3, (8, 9), fp8=116.6),
    Card("RTX 4090", 24, 1008, 82.6, 165.2, (8, 9), fp8=330.3),
    Card("RTX 5070", 12, 672, 30.9, 61.7, (12, 0), fp8=123.5),
    Card("RTX 5090", 32, 1792, 104.8, 209.5, (12, 0), fp8=419.0),
    Card("T4", 15, 320, 8.1, 65.0, (7, 5)),
    Card("L4", 22.5, 300, 30.3, 121.0, (8, 9), fp8=242.0),
    Card("L40S", 45, 864, 91.6, 362.0, (8, 9), fp8=733.0),
    Card("A10", 22.5, 600, 31.2, 125.0, (8, 6)),
    Card("A100 40GB", 40, 1555, 19.5, 312.0, (8, 0)),
    Card("A100 80GB", 80, 2039, 19.5, 312.0, (8, 0)),
    Card("H100", 79.6, 3350, 67.0, 989.0, (9, 0), fp8=1979.0),
    Card("H100 PCIe", 79.6, 2000, 51.0, 756.0, (9, 0), fp8=1513.0),
    Card("H200", 140.4, 4800, 67.0, 989.0, (9, 0), fp8=1979.0),
    Card("Apple M1", 8, 68, 2.6, 2.6, kind="mps"),
    Card("Apple M2 Pro", 16, 200, 6.8, 6.8, kind="mps"),
    Card("Apple M3 Max", 36, 400, 14.1, 14.1, kind="mps"),
    Card("Apple M4", 16, 120, 4.3, 4.3, kind="mps"),
    Card("CPU", 16, 50, 0.64, 0.64, kind="cpu"),
)  # fmt: skip
CORE = 0.08
"""TFLOP/s of a CPU core: 32 operations a cycle (two 256-bit fused multiply-adds) at 2.5 GHz. The table's CPU has 8."""
MAKERS = ("nvidia", "geforce", "rtx", "gtx", "tesla", "gpu", "chip")


def find(name: str) -> Card:
    """A card by its name, however its maker writes it; raises BadJob naming the nearest known ones."""
    wanted = _words(name)
    for card in CARDS:
        if _words(card.name) <= set(wanted) and set(wanted) - _words(card.name) <= EDITIONS.get(
            card.name, set()
        ):
            return card
    near = sorted(
        CARDS, key=lambda card: (-len(_words(card.name) & set(wanted)), -_likeness(card.name, name))
    )
    raise BadJob(
        f"no card {name!r} is known; the nearest are {', '.join(card.name for card in near[:3])}. Of another, say its "
        "memory and its compute capability: --vram 6 --compute 8.6"
    )


# Words beside a card's own that say what every such card has: a "4070 Ti" is another card.
EDITIONS = {
    "RTX 3060": {"12gb"}, "RTX 3060 Laptop": {"6gb"}, "GTX 1650": {"4gb"}, "T4": {"16gb"}, "L4": {"24gb"},
    "A10": {"24gb"}, "A100 40GB": {"sxm4", "pcie"}, "A100 80GB": {"sxm4"}, "H100": {"sxm5", "sxm", "80gb", "hbm3"},
    "H200": {"141gb", "sxm"}, "RTX 2060": {"6gb"}, "RTX 3090": {"24gb"}, "RTX 4090": {"24gb"}, "RTX 5090": {"32gb"},
}  # fmt: skip


def _words(name: str) -> set[str]:
    spaced = name.lower().replace("-", " ").replace("_", " ").replace("gib", "gb").replace(" gb", "gb")
    return {word for word in spaced.split() if word not in MAKERS}


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def custom(vram: float, compute: str, name: str | None = None) -> Card:
    """A card that is not in the table: the rates of the known one of its generation that is nearest in memory.

    Raises BadJob.
    """
    capability = read_capability(compute)
    if not 0.5 <= vram <= 1024:
        raise BadJob(f"--vram is in GiB, from 0.5 to 1024; got {vram:g}")
    if capability < (5, 0):
        raise BadJob(
            f"PyTorch needs compute capability 5.0 or more; got {compute}: --card CPU says what a CPU does"
        )
    there = [card for card in CARDS if card.capability is not None]
    like = min(there, key=lambda card: (_apart(card.capability, capability), abs(card.memory - vram)))
    half = like.half if capability >= (7, 0) else like.fp32
    return Card(
        name or f"a card of {vram:g} GiB, compute capability {compute}", vram, like.bandwidth, like.fp32, half,
        capability, fp8=like.fp8 if capability >= FP8 else 0.0, assumed=True,
    )  # fmt: skip


def _apart(known: tuple[int, int] | None, wanted: tuple[int, int]) -> int:
    assert known is not None
    return abs(10 * known[0] + known[1] - 10 * wanted[0] - wanted[1])


def read_capability(text: str) -> tuple[int, int]:
    """ "8.6" -> (8, 6). Raises BadJob."""
    major, dot, minor = text.partition(".")
    if not dot or not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in (major, minor)):
        raise BadJob(f"--compute is a compute capability such as 8.6; got {text!r}")
    return int(major), int(minor)


def matrix_workspace(capability: tuple[int, int] | None) -> int:
    """Bytes that the matrix library keeps for each lane."""
    return 0 if capability is None else BLAS_WORKSPACE.get(capability[0], BLAS_WORKSPACE_ELSEWHERE)


def processor(cores: int, memory: float) -> Card:
    """A CPU of so many cores and GiB."""
    return Card("CPU", memory, 50, CORE * cores, CORE * cores, kind="cpu")
