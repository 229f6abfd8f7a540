"""What may be switched on to draw faster, each alone. Knows no tensor: what a switch does lies in a module of its own.

All off is the plain twin, and the baseline of every measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pawlette.errors import BadJob

if TYPE_CHECKING:
    from pawlette.model.family import Family

PRECISIONS = ("auto", "fp32", "fp16", "bf16", "fp8")
ATTENTIONS = ("auto", "math", "efficient", "flash", "cudnn")
AMPERE = (8, 0)  # compute capability from which there are flash attention and what Triton builds
CUDNN = (9, 0)  # from which cuDNN's attention is known to be quicker
ONE_GENERATION = {"prefix": "2.1", "table": "1.x"}  # switches that the other's architecture has no use for


@dataclass(frozen=True, slots=True)
class Switches:
    """How a model is loaded and stepped; raises BadJob at a name that is not known."""

    precision: str = "auto"
    """auto (what suits the device), fp32, fp16 (residual streams kept wide), bf16, or fp8 (the blocks' matrices)."""
    packed: bool = False
    """Query, key and value as one matrix, and 2.1's gate and up projections as one: fewer, larger multiplications."""
    attention: str = "auto"
    """The attention kernel that is tried first: auto (PyTorch's order), math, efficient, flash or cudnn. Where it
    cannot, as with a mask or in float32, the next one that can is taken. Holds for the whole process."""
    unmasked: bool = False
    """Padding behind a text is not masked but reckoned out again, so that attention keeps its fast kernels: on a card
    in half precision where a picture has many tokens; elsewhere it does nothing."""
    fused: bool = False
    """What stands between the denoiser's multiplications (norms, rotations, rounding to 8 bits, padding reckoned out)
    by kernels of our own, one pass over memory each, beside `packed` and not in fp16. On an NVIDIA card
    where Triton can build, which takes a C compiler; elsewhere it does nothing. Attention's part in half precision,
    where heads have a power of two of channels (the published models'), and, of 2.1, with `prefix`."""
    prefix: bool = False
    """2.1: the text's keys and values, which no step changes, computed once a picture."""
    table: bool = False
    """1.x: what the timestep alone decides is kept as a table; a third of the weights is then not held."""
    folded: bool = False
    """Decoders: nearest doubling and the 3x3 convolution behind it as one, 2.25 times less work."""
    compiled: bool = False
    """torch.compile of the denoiser's blocks, the decoder's and the text tower's layers; texts are padded to lengths
    that recur."""
    graphs: bool = False
    """CUDA graphs of the denoiser, one for each shape and batch; texts are padded to lengths that recur."""

    def __post_init__(self) -> None:
        for name, known in (("precision", PRECISIONS), ("attention", ATTENTIONS)):
            if (got := getattr(self, name)) not in known:
                raise BadJob(f"{name} is one of {', '.join(known)}; got {got!r}")

    @classmethod
    def plain(cls) -> Switches:
        """All off."""
        return cls()

    @classmethod
    def best(cls, device: str, family: Family, precision: str = "auto") -> Switches:
        """What has been measured to pay on this kind of device for this kind of model; what has not stays off.

        Nothing that keeps the first picture waiting: compiling and recording are asked for. On a CPU nothing whose bits
        hang on the number of threads, which folded decoders' do: there a seed gives the same bytes alone and in a
        list. Raises BadJob.
        """
        newer = family.generation == "2.1"
        if device == "cpu":
            return cls(precision=precision, prefix=newer)
        if device.startswith("cuda"):
            from pawlette.device import capability, is_nvidia  # need torch, which this module does without

            if is_nvidia():
                return cls.of_card(capability(device), precision, newer=newer)
        return cls(precision=precision)

    @classmethod
    def of_card(cls, capability: tuple[int, int], precision: str, *, newer: bool) -> Switches:
        """An NVIDIA card's, by its compute capability; `newer`: for 2.1, else for 1.x."""
        hopper = capability >= CUDNN and precision != "fp32"
        return cls(
            precision=precision, packed=True, folded=True, prefix=newer, table=not newer, unmasked=hopper,
            fused=capability >= AMPERE and precision != "fp16", attention="cudnn" if hopper else "auto",
        )  # fmt: skip

    def check(self, generation: str) -> None:
        """Raise BadJob where a switch is on that does nothing for this generation, or not without another."""
        for name, meant in ONE_GENERATION.items():
            if getattr(self, name) and generation != meant:
                raise BadJob(f"the switch {name} is for Qwen-Image {meant}; this model is {generation}")
        if self.fused and not self.packed:
            raise BadJob("the switch fused needs packed: its kernels read query, key and value side by side")
        if self.fused and self.precision == "fp16":
            raise BadJob("the switch fused is for fp32, bf16 and fp8; the precision is fp16")
