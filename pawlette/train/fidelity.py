"""How close a light decoder comes to the full one, and what it costs: figures for a card. Knows no training."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from pawlette.device import finish_work, forget_peak_memory, peak_memory
from pawlette.similarity import psnr, ssim
from pawlette.train.autoencoder import Features, feature_distance
from pawlette.train.pictures import on_white

Decode = Callable[[Tensor], Tensor]


@torch.no_grad()
def likeness(got: Tensor, wanted: Tensor, features: Features) -> dict[str, float]:
    """PSNR (dB), SSIM and the feature distance on white; of pictures with alpha, PSNR of the alpha too."""
    seen, shown = on_white(got), on_white(wanted)
    parts = zip(seen.split(8), shown.split(8), strict=True)
    distances = [float(feature_distance(features, a, b)) * len(a) for a, b in parts]
    found = {
        "psnr_db": psnr(seen, shown),
        "ssim": ssim(seen, shown),
        "feature_distance": sum(distances) / len(got),
    }
    if got.shape[1] == 4:
        found["alpha_psnr_db"] = psnr(got[:, 3:], wanted[:, 3:])
    return {name: round(value, 4) for name, value in found.items()}


@torch.inference_mode()
def costs(
    decoders: dict[str, Decode], latents: Tensor, device: str, repeats: int = 9
) -> dict[str, dict[str, float]]:
    """Median seconds of one decode and, on a GPU, peak memory in MB beyond what was there; turn by turn, in one run."""
    seconds: dict[str, list[float]] = {name: [] for name in decoders}
    memory: dict[str, float] = {}
    for turn in range(repeats + 1):
        for name, decode in decoders.items():
            forget_peak_memory(device)
            before = peak_memory(device)
            finish_work(device)
            begun = time.perf_counter()
            decode(latents)
            finish_work(device)
            if turn:  # the first turn warms up
                seconds[name].append(time.perf_counter() - begun)
            if before is not None:
                memory[name] = ((peak_memory(device) or 0) - before) / 1e6
    return {
        name: {"seconds": round(statistics.median(taken), 6)}
        | ({"peak_memory_mb": round(memory[name], 1)} if name in memory else {})
        for name, taken in seconds.items()
    }


@torch.no_grad()
def multiplications(decode: Decode, latents: Tensor) -> float:
    """Billions of multiply-adds in convolutions and matrices: a machine-independent cost."""
    with FlopCounterMode(display=False) as counter:
        decode(latents)
    return round(counter.get_total_flops() / 2e9, 3)


def compare(
    light: Decode, full: Decode, latents: Tensor, features: Features, device: str
) -> tuple[dict[str, object], Tensor, Tensor]:
    """The scores of a light decoder against the full one on the same latents, and the pictures of both."""
    with torch.inference_mode():
        got, wanted = (
            torch.cat([decode(part) for part in latents.split(8)]).float() for decode in (light, full)
        )
    cost = costs({"full": full, "light": light}, latents[:1], device)
    ratio = cost["full"]["seconds"] / cost["light"]["seconds"]
    work = {name: multiplications(decode, latents[:1]) for name, decode in (("full", full), ("light", light))}
    record: dict[str, object] = {
        "against_full": likeness(got, wanted, features), "pictures": len(latents), "size": list(got.shape[2:]),
        "device": device, "cost": cost, "gmacs": work, "times_faster": round(ratio, 2),
    }  # fmt: skip
    return record, got, wanted
