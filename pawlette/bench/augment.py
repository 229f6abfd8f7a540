"""Changes pictures by chance so that a judge learns what they show: ground, place, light, colour, blur, compression.

Works on whole batches on the device. Knows no label but one rule: rows whose hue was turned say nothing of colours.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

RECOLOURED = 0.35  # of the rows


def augment(pictures: Tensor, side: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """uint8 (n, h, w, 4) -> pixels in 0..1 (n, 3, side, side), and which rows had their colours changed (n,)"""
    pixels = moved(on_ground(pictures, rng), side, rng)
    recoloured = _chance(len(pixels), rng) < RECOLOURED
    pixels = torch.where(_rows(recoloured), turned(pixels, rng), pixels)
    pixels = lit(pixels, rng)
    parts = [_worn_out(part, index, rng) for index, part in enumerate(pixels.tensor_split(4))]
    return torch.cat(parts).clamp(0, 1), recoloured


def on_ground(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Transparent pictures on a colour of their own, every second one on white."""
    wide = pictures.permute(0, 3, 1, 2).float() / 255
    ground = 1 - 0.5 * torch.rand(len(wide), 3, 1, 1, device=rng.device, generator=rng)
    ground = torch.where(_rows(_chance(len(wide), rng) < 0.5), torch.ones_like(ground), ground)
    alpha = wide[:, 3:]
    return wide[:, :3] * alpha + ground * (1 - alpha)


def moved(pixels: Tensor, side: int, rng: torch.Generator) -> Tensor:
    """Turned a little, shifted, scaled and mirrored; what comes in from outside repeats the border."""
    n = len(pixels)
    angle = (_chance(n, rng) - 0.5) * 2 * math.radians(9)
    zoom = 0.88 + 0.4 * _chance(n, rng)  # above 1 shows more than there is
    stretch = 1 + 0.2 * (_chance(n, rng) - 0.5)
    mirror = torch.where(_chance(n, rng) < 0.5, -1.0, 1.0)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    shift = (torch.rand(n, 2, device=rng.device, generator=rng) - 0.5) * 0.2
    rows = [cos * mirror * stretch, -sin, shift[:, 0], sin * mirror * stretch, cos, shift[:, 1]]
    theta = torch.stack(rows, 1).view(n, 2, 3)
    grid = F.affine_grid(theta, [n, 3, side, side], align_corners=False)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)


def turned(pixels: Tensor, rng: torch.Generator) -> Tensor:
    """Every hue turned by an angle of the row's own, and its chroma scaled, from grey to gaudy (in YIQ)."""
    n = len(pixels)
    angle, chroma = (_chance(n, rng) - 0.5) * 2 * math.pi, 1.5 * _chance(n, rng)
    matrix = torch.tensor(
        [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], device=pixels.device
    )
    cos, sin, zero, one = (
        angle.cos() * chroma,
        angle.sin() * chroma,
        torch.zeros_like(angle),
        torch.ones_like(angle),
    )
    turn = torch.stack([one, zero, zero, zero, cos, -sin, zero, sin, cos], 1).view(n, 3, 3)
    change = torch.linalg.inv(matrix) @ turn @ matrix
    return torch.einsum("nij,njhw->nihw", change, pixels).clamp(0, 1)


def lit(pixels: Tensor, rng: torch.Generator) -> Tensor:
    """Brighter or darker, flatter or harsher, a little paler or richer: what leaves the names of colours alone."""
    n = len(pixels)
    bright, contrast, rich = (_rows(0.8 + 0.4 * _chance(n, rng)) for _ in range(3))
    mean = pixels.mean((1, 2, 3), keepdim=True)
    pixels = (pixels - mean) * contrast + mean * bright
    grey = pixels.mean(1, keepdim=True)
    return (pixels - grey) * rich + grey


def _worn_out(pixels: Tensor, index: int, rng: torch.Generator) -> Tensor:
    """A quarter of the batch stays sharp, the others are blurred, made small and back, or compressed."""
    dice = torch.rand(2, device=rng.device, generator=rng).tolist()
    if index == 1:
        pixels = blurred(pixels, 0.4 + 1.4 * dice[0])
    elif index == 2:
        pixels = _small_and_back(pixels, 0.35 + 0.5 * dice[0])
    elif index == 3:
        pixels = compressed(pixels.clamp(0, 1), 10 + 70 * dice[0])
    if dice[1] < 0.3:
        pixels = pixels + 0.03 * torch.randn(pixels.shape, device=rng.device, generator=rng)
    return pixels


def blurred(pixels: Tensor, sigma: float) -> Tensor:
    reach = math.ceil(2.5 * sigma)
    steps = torch.arange(-reach, reach + 1, device=pixels.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    padded = F.pad(pixels, (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel[:, :, None], groups=3), kernel[..., None], groups=3)


def _small_and_back(pixels: Tensor, share: float) -> Tensor:
    small = F.interpolate(pixels, scale_factor=share, mode="area", recompute_scale_factor=True)
    return F.interpolate(small, size=pixels.shape[-2:], mode="bicubic", align_corners=False)


def compressed(pixels: Tensor, quality: float) -> Tensor:
    """What JPEG does to blocks of 8x8: their cosine terms rounded to steps that grow with the frequency."""
    n, c, high, wide = pixels.shape
    k = torch.arange(8, device=pixels.device, dtype=torch.float32)
    basis = torch.cos((2 * k + 1) * k[:, None] * math.pi / 16) * 0.5
    basis[0] /= math.sqrt(2)
    step = (6 + 3.5 * (k[:, None] + k)) / 255 * (100 - quality) / 25
    blocks = pixels[..., : high // 8 * 8, : wide // 8 * 8].reshape(n, c, high // 8, 8, wide // 8, 8)
    terms = torch.einsum("ui,ncaibj,vj->ncaubv", basis, blocks, basis)
    terms = (terms / step[:, None]).round() * step[:, None]
    whole = torch.einsum("ui,ncaubv,vj->ncaibj", basis, terms, basis)
    result = pixels.clone()
    result[..., : high // 8 * 8, : wide // 8 * 8] = whole.reshape(n, c, high // 8 * 8, wide // 8 * 8)
    return result


def _chance(count: int, rng: torch.Generator) -> Tensor:
    return torch.rand(count, device=rng.device, generator=rng)


def _rows(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)
