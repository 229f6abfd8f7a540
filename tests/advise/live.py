"""Runs a module without memory and counts: the bytes alive at its fullest moment, what its kernels read and write."""

import weakref
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pawlette.model import fp8

PRODUCTS = {"mm", "addmm", "bmm", "linear", "convolution", "conv2d", "conv_transpose2d"}


def tensors(things):
    return [one for one in tree_leaves(things) if isinstance(one, torch.Tensor)]


def storage(tensor):
    return tensor.untyped_storage()._cdata


class Live(TorchDispatchMode):
    """`peak`: the most bytes of storages made inside that were alive at once."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.alive = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        given = {storage(one) for one in tensors((args, kwargs))}
        for one in tensors(made):
            key = storage(one)
            if key in self.alive or key in given:
                continue
            size = one.untyped_storage().nbytes()
            self.alive.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(one.untyped_storage(), self._freed, key, size)
        return made

    def _freed(self, key, size):
        self.alive.discard(key)
        self.now -= size


class Traffic(TorchDispatchMode):
    """Bytes that kernels other than products read and write, and how many kernels there are; views are none."""

    def __init__(self):
        super().__init__()
        self.bytes = self.kernels = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        name = function._overloadpacket.__name__
        given, results = tensors((args, kwargs)), tensors(made)
        if name == "empty" or {storage(one) for one in given} & {storage(one) for one in results}:
            return made
        self.kernels += 1
        if name not in PRODUCTS:
            self.bytes += sum(
                one.untyped_storage().nbytes() if 0 in one.stride() else one.nbytes for one in given + results
            )
        return made


def fused(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """Attention as the fused kernels hold it: its result alone, laid out token by token."""
    shape = (q.shape[0], q.shape[2], q.shape[1], v.shape[-1])
    return torch.empty(shape, dtype=q.dtype, device=q.device).transpose(1, 2)


def scaled(a, a_scale, b, b_scale, bias):
    return torch.empty(a.shape[0], b.shape[0], dtype=torch.bfloat16, device=a.device)


@contextmanager
def as_on_a_gpu():
    """Fused attention and 8-bit products, without a GPU."""
    with ExitStack() as inside:
        inside.enter_context(torch.inference_mode())
        inside.enter_context(mock.patch.object(F, "scaled_dot_product_attention", fused))
        inside.enter_context(mock.patch.object(fp8, "product", scaled))
        yield


def peak(act):
    with as_on_a_gpu(), torch.device("meta"), Live() as live:
        act()
    return live.peak


def traffic(act):
    with as_on_a_gpu(), torch.device("meta"), Traffic() as counted:
        act()
    return counted.bytes, counted.kernels
