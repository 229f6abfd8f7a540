"""torch.compile of what a model repeats: the denoiser's blocks, the decoder's and the text tower's layers.

Each region is compiled once for each shape that it meets, and never again while shapes recur: sizes are constants of
the code (dynamic=False), blocks of one kind share it, and what changes from step to step comes in as tensors.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

SHAPES = 256  # that one kind of region may be compiled for; PyTorch's 8 are used up by one decoder


def regions(denoiser: Any, decoder: Any, tower: Any) -> Iterator[nn.Module]:
    """The modules that are compiled, each as a whole."""
    yield from denoiser.transformer_blocks
    if hasattr(decoder, "stages"):  # a light decoder
        yield from (stage for stage in decoder.stages if len(stage))
    else:
        yield decoder.decoder.mid_block
        yield from decoder.decoder.up_blocks
    yield from getattr(tower, "layers", ())


def compile_regions(denoiser: Any, decoder: Any, tower: Any, backend: str = "inductor") -> None:
    """In place; names of weights stay. Compiling itself happens at the first call of each shape."""
    for region in regions(denoiser, decoder, tower):
        region.compile(dynamic=False, backend=backend)
    for part, name in ((denoiser, "shared"), *((block, "read") for block in denoiser.transformer_blocks)):
        if hasattr(part, name):  # 2.1's, which are called beside `forward`
            setattr(part, name, torch.compile(getattr(part, name), dynamic=False, backend=backend))


_calling = threading.RLock()


def alone() -> AbstractContextManager[object]:
    """Held while compiled regions are called: the compiler keeps what it is tracing for the whole process, so that a
    region may not even be called while another thread compiles one. Asking is short; the device works on meanwhile.
    """
    return _calling


def allow_shapes() -> None:
    """Let this thread compile for as many shapes as there are: beyond PyTorch's limit it would run uncompiled, unsaid.

    The limit is each thread's own, so every stage raises it where it runs.
    """
    from torch._dynamo import config

    if config.recompile_limit < SHAPES:
        config.recompile_limit = SHAPES
        config.accumulated_recompile_limit = 4 * SHAPES
