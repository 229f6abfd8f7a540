"""In which number format each part of a model computes, and how float16 keeps what would overflow. Knows no file.

float16 ends at 65504, which the residual streams of these models pass: pictures turn black. So the streams are
float32, and what is written into them is computed at a 64th of its size. Text tower and decoder, whose values nobody
has bounded, stay in bfloat16, or float32 where there is none.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pawlette.device import DTYPES, dtype_for, precision_on

SHRINK = 2.0**-6  # a power of two: no digit is lost, except of numbers that are next to nothing
INTO_THE_STREAM = ("attn.to_out.0", "attn.to_add_out", "img_mlp.net.2", "txt_mlp.net.2", "img_mlp.out")


@dataclass(frozen=True, slots=True)
class PartTypes:
    """What each part's weights are held in."""

    text: torch.dtype
    denoiser: torch.dtype
    decoder: torch.dtype

    @classmethod
    def of(cls, device: str, precision: str, dtype: torch.dtype | None = None) -> "PartTypes":
        """`dtype`, where given, is that of all parts; raises BadJob where the device cannot compute so."""
        if dtype is not None and precision != "auto" and dtype is not DTYPES[precision]:
            raise ValueError(f"precision {precision} and {dtype} contradict each other")
        chosen = (
            dtype if dtype is not None and precision == "auto" else DTYPES[precision_on(device, precision)]
        )
        others = dtype_for(device) if precision == "fp16" else chosen
        return cls(others, chosen, others)


class ShrunkLinear(nn.Module):
    """A float16 layer whose float32 result may pass 65504."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, x: Tensor) -> Tensor:  # (..., inputs) -> (..., outputs) float32
        wide = F.linear(x * SHRINK, self.weight).float() / SHRINK
        return wide if self.bias is None else wide + self.bias.float()


def keep_wide(denoiser: nn.Module) -> None:
    """Let a float16 denoiser's streams be float32."""
    denoiser.stream_dtype = torch.float32  # type: ignore[assignment]
    for name, layer in list(denoiser.named_modules()):
        if name.endswith(INTO_THE_STREAM) and isinstance(layer, nn.Linear):
            denoiser.set_submodule(name, ShrunkLinear(layer))
