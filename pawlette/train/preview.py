"""Pictures from weights in training, many at once, and contact sheets of them. Knows no Job and no engine."""

import itertools
from collections.abc import Sequence

import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor

from pawlette.model.autoencoder21 import Autoencoder21
from pawlette.train.denoiser import Painter


def sigma_schedule(steps: int, shift: float) -> list[float]:
    """steps + 1 sigmas from 1 to 0, moved towards noise: s -> shift s / (1 + (shift - 1) s) (arXiv 2403.03206)."""
    even = [1.0 - i / steps for i in range(steps + 1)]
    return [shift * s / (1.0 + (shift - 1.0) * s) for s in even]


@torch.no_grad()
def draw(
    painter: Painter,
    autoencoder: Autoencoder21,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    mean: Tensor,
    std: Tensor,
    unconditional: str = " ",
    steps: int = 20,
    guidance: float = 3.0,
    shift: float = 2.0,
) -> list[Image.Image]:
    """One RGBA picture for each prompt and seed, in one batch."""
    device = mean.device
    encoded = [tokenizer.encode(p).ids for p in (*prompts, unconditional)]
    longest = max(map(len, encoded))
    tokens = torch.tensor([ids + [0] * (longest - len(ids)) for ids in encoded], device=device)
    mask = (
        torch.arange(longest, device=device)
        < torch.tensor([len(ids) for ids in encoded], device=device)[:, None]
    )
    embeds = painter.embed(tokens)
    count = len(prompts)
    blank, blank_mask = embeds[-1:].expand(count, -1, -1), mask[-1:].expand(count, -1)
    x = torch.stack([torch.randn(256, 64, generator=torch.Generator().manual_seed(s)) for s in seeds]).to(
        device
    )
    sigmas = sigma_schedule(steps, shift)
    for now, after in itertools.pairwise(sigmas):
        at = torch.full((count,), now, device=device)
        velocity = painter.denoiser(x, embeds[:-1], at, (16, 16), mask[:-1])
        if guidance != 1.0:
            plain = painter.denoiser(x, blank, at, (16, 16), blank_mask)
            velocity = plain + guidance * (velocity - plain)
        x = x + (after - now) * velocity
    latents = (x * std + mean).transpose(1, 2).reshape(count, 64, 16, 16)
    pixels = torch.cat([autoencoder.decode(part) for part in latents.split(16)])
    rgba = ((pixels + 1.0) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(one) for one in rgba]


def sheet(pictures: Sequence[Image.Image], columns: int, cell: int = 160) -> Image.Image:
    """A contact sheet on white, left to right, top to bottom."""
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * cell, rows * cell), "white")
    for index, picture in enumerate(pictures):
        small = picture.resize((cell, cell), Image.Resampling.LANCZOS)
        page.paste(
            small, (index % columns * cell, index // columns * cell), small if small.mode == "RGBA" else None
        )
    return page
