"""Which clever paths of a model are on. Knows no model and no device."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switches:
    """One switch for each way to draw the same picture faster; all off is the plain twin."""

    precision: str = "auto"  # auto | fp32 | fp16 | bf16 | fp8
    packed: bool = False  # packed QKV and gate-up projections
    attention: str = "auto"  # auto | math | efficient | flash | cudnn (SDPA backends)
    prefix: bool = False  # 2.1: the text's K/V computed once a picture, as tensors
    table: bool = False  # 1.x: modulation table
    folded: bool = False  # decoders: folded upsample convolution
    compiled: bool = False  # regional torch.compile
    graphs: bool = False  # CUDA graphs per (shape, batch)
