"""What a step of `pawlette train style` costs at the true shape of Qwen-Image-2.1 (7.1 B): seconds and memory.

    python runs/style_step.py [--out FILE.json] [--small]

Weights, latents and embeddings are random, never zero, since a card's clock depends on them; the timings need no
checkpoint. bfloat16, every block recomputed in the backward pass, rank 16 on the attention. Each case is run with the
flow-matching loss alone and with the style terms at every step (a 512-pixel crop decoded with its gradient). `--small`
runs the same at toy sizes on a CPU.
"""

import argparse
import gc
import json
import math
import platform
import statistics
import time
from pathlib import Path
from types import SimpleNamespace

import peft
import torch
from torch import Tensor, nn

from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config
from pawlette.model.family import QWEN_IMAGE_21
from pawlette.model.qwen import QwenImage
from pawlette.model.schedule import Schedule
from pawlette.train.style import Plan, StyleTrainer
from pawlette.train.style_data import StyleSet

WARM_UPS, TIMED = 2, 5
CASES = ((1024, 1), (512, 1), (512, 4))  # pixels on a side, pictures a step
SMALL_CASES = ((128, 1), (64, 2))
PICTURES = 4
TEXT_TOKENS = (61, 77, 93, 109)  # of each picture's caption: ragged, as captions are


def statistics_of(channels: int) -> dict[str, tuple[float, ...]]:
    return {"latents_mean": (0.1,) * channels, "latents_std": (1.5,) * channels}


def sizes(small: bool) -> tuple[Denoiser21Config, Autoencoder21Config]:
    if not small:
        return Denoiser21Config(), Autoencoder21Config(**statistics_of(64))
    denoiser = Denoiser21Config(
        in_channels=8, out_channels=8, num_layers=2, attention_head_dim=16, num_attention_heads=3,
        context_in_dim=48, axes_dims_rope=(4, 6, 6),
    )  # fmt: skip
    return denoiser, Autoencoder21Config(
        base_dim=8,
        decoder_base_dim=12,
        z_dim=8,
        dim_mult=(1, 2, 4, 4, 4),
        num_res_blocks=1,
        **statistics_of(8),
    )


def filled(kind: type[nn.Module], config: object, device: str, dtype: torch.dtype) -> nn.Module:
    """Built without memory, then filled on the device: matrices keep a signal's size, gains are near one."""
    with torch.device("meta"):
        module = kind(config)
    module = module.to(dtype).to_empty(device=device).eval().requires_grad_(False)
    for name, weight in module.named_parameters():
        if weight.dim() == 1 or "gamma" in name:
            nn.init.normal_(weight, mean=0.0 if name.endswith("bias") else 1.0, std=0.1)
        else:
            nn.init.normal_(weight, std=1.0 / math.sqrt(weight[0].numel()))
    return module


def make_model(small: bool, device: str, dtype: torch.dtype) -> QwenImage:
    torch.manual_seed(0)
    denoiser, autoencoder = sizes(small)
    return QwenImage(
        QWEN_IMAGE_21,
        SimpleNamespace(width=denoiser.context_in_dim),  # no tower: the embeddings are random
        filled(Denoiser21, denoiser, device, dtype),
        filled(Autoencoder21, autoencoder, device, dtype),
        Schedule(use_dynamic_shifting=True, max_shift=0.9, max_image_seq_len=8192),
    )


def random_set(model: QwenImage, size: int) -> StyleSet:
    torch.manual_seed(1)
    side = size // 16
    width = model.text.width

    def text(tokens: int) -> Tensor:
        return torch.randn(tokens, width, dtype=model.dtype)

    return StyleSet(
        torch.randn(PICTURES, side * side, model.latent_channels, dtype=model.dtype),
        [text(tokens) for tokens in TEXT_TOKENS],
        text(5),
        (side, side),
        picture=lambda _: torch.rand(4, size, size) * 2 - 1,
    )


def measure(
    size: int, batch: int, finish: bool, *, small: bool, device: str, dtype: torch.dtype
) -> dict[str, object]:
    """Seconds a step (median of five after two) and the most memory held, of one case in a fresh model."""
    weights = {} if finish else {"cartoon": 0.0, "saturation": 0.0}
    model = make_model(small, device, dtype)
    trainer = StyleTrainer(model, random_set(model, size), Plan(batch=batch, finish_every=1, **weights))
    for name, weight in trainer.learnt.items():
        if "lora_B" in name:
            nn.init.normal_(weight, std=0.01)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds, losses = [], []
    for _ in range(WARM_UPS + TIMED):
        start = time.perf_counter()
        losses.append(trainer.train_step()["loss"].item())  # the read waits for the whole forward pass …
        if device == "cuda":
            torch.cuda.synchronize()  # … and this for the update
        seconds.append(time.perf_counter() - start)
    timed = seconds[WARM_UPS:]
    found: dict[str, object] = {
        "pixels": size,
        "batch": batch,
        "style_terms": finish,
        "seconds_per_step": round(statistics.median(timed), 4),
        "spread": [round(min(timed), 4), round(max(timed), 4)],
        "trainable_parameters": sum(weight.numel() for weight in trainer.learnt.values()),
        "denoiser_parameters": sum(p.numel() for p in model.denoiser.parameters() if not p.requires_grad),
        "losses_finite": all(map(math.isfinite, losses)),
    }
    if device == "cuda":
        found["peak_allocated_gib"] = round(torch.cuda.max_memory_allocated() / 2**30, 2)
        found["peak_reserved_gib"] = round(torch.cuda.max_memory_reserved() / 2**30, 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    device = "cpu" if options.small else "cuda"
    dtype = torch.float32 if options.small else torch.bfloat16
    cases = []
    for size, batch in SMALL_CASES if options.small else CASES:
        for finish in (False, True):
            cases.append(measure(size, batch, finish, small=options.small, device=device, dtype=dtype))
            print(json.dumps(cases[-1]), flush=True)
            gc.collect()  # the adapter's wrappers hold the model in a ring
            if device == "cuda":
                torch.cuda.empty_cache()
    report = {
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.machine(),
        "torch": torch.__version__,
        "peft": peft.__version__,
        "dtype": str(dtype).removeprefix("torch."),
        "rank": Plan().rank,
        "cases": cases,
    }
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
