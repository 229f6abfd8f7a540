"""The style terms on a decoded picture: cartoonisation and saturation. Pure: knows no model, no noise, no step.

Pictures are RGB in [-1, 1], (n, 3, h, w). `drawn` is what the model predicts, `reference` the picture of the
training folder that it should become. Both terms go back to the study that Pawlette builds on, which names them
and gives no formulas; those below are ours, each from the source beside it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pawlette.train.autoencoder import Features, feature_distance

EDGE_FALLOFF = 10.0  # how fast the smoothness lets go at the reference's edges
PALETTE = 8  # colours of a reference picture
LLOYD_ROUNDS = 6
SOFTNESS = 0.02  # squared distance in [-1, 1] colour at which two palette colours still share a pixel
DARK = 0.05  # keeps the saturation of near-black pixels, and its gradient, bounded


@dataclass(frozen=True, slots=True)
class CartoonTerms:
    """The three parts of the cartoonisation loss, each a scalar tensor, not yet weighted."""

    smoothness: Tensor
    quantisation: Tensor
    perceptual: Tensor

    def total(self) -> Tensor:
        """Their sum; the perceptual part, ten times the size of the others, counts 0.15."""
        return self.smoothness + self.quantisation + 0.15 * self.perceptual


def cartoonisation(drawn: Tensor, reference: Tensor, features: Features) -> CartoonTerms:
    """Flat areas within the reference's outlines, few colours, the same things in it."""
    return CartoonTerms(
        edge_aware_smoothness(drawn, reference),
        colour_quantisation(drawn, palette(reference)),
        feature_distance(features, drawn, reference),
    )


def edge_aware_smoothness(drawn: Tensor, reference: Tensor) -> Tensor:
    """mean |dx y| exp(-f |dx r|) + mean |dy y| exp(-f |dy r|): total variation that spares the outlines.

    y is drawn, r the reference's mean over colours, f is EDGE_FALLOFF. The form is the smoothness term of
    arXiv 1609.03677; total variation as a cartoon's smoothness is from White-box Cartoonization (CVPR 2020).
    """
    grey = reference.mean(dim=1, keepdim=True)
    return sum(
        (
            (drawn.diff(dim=axis).abs() * torch.exp(-EDGE_FALLOFF * grey.diff(dim=axis).abs())).mean()
            for axis in (2, 3)
        ),
        drawn.new_zeros(()),
    )


@torch.no_grad()
def palette(reference: Tensor, colours: int = PALETTE) -> Tensor:
    """(n, 3, h, w) -> (n, colours, 3): the centres of Lloyd's k-means over each picture's pixels.

    It starts from pixels at even ranks of brightness, so that the same picture gives the same palette.
    """
    pixels = reference.float().flatten(2).transpose(1, 2)  # (n, pixels, 3)
    pixels = pixels[:, :: max(1, pixels.shape[1] // 4096)]
    ranks = torch.linspace(0, pixels.shape[1] - 1, colours, device=pixels.device).long()
    order = pixels.sum(-1).argsort(dim=1)[:, ranks]
    centres = pixels.gather(1, order[..., None].expand(-1, -1, 3))
    for _ in range(LLOYD_ROUNDS):
        nearest = torch.cdist(pixels, centres).argmin(dim=2)
        member = torch.nn.functional.one_hot(nearest, colours).to(pixels.dtype)  # (n, pixels, colours)
        counts = member.sum(dim=1)[..., None]
        means = member.transpose(1, 2) @ pixels / counts.clamp(min=1.0)
        centres = torch.where(counts > 0, means, centres)  # a colour without pixels stays where it is
    return centres


def colour_quantisation(drawn: Tensor, centres: Tensor) -> Tensor:
    """mean over pixels of sum_k a_k |y - c_k|^2 with a = softmax(-|y - c|^2 / SOFTNESS).

    A pixel is drawn to its nearest palette colour, with a gradient everywhere: the soft assignment of
    arXiv 1704.00648. centres: (n, colours, 3), from `palette` of the reference.
    """
    pixels = drawn.flatten(2).transpose(1, 2)  # (n, pixels, 3)
    # |y|^2 - 2 y.c + |c|^2 needs no (pixels, colours, 3) tensor
    crossed = pixels @ centres.to(pixels.dtype).transpose(1, 2)
    distances = pixels.square().sum(-1, keepdim=True) - 2 * crossed + centres.square().sum(-1)[:, None]
    distances = distances.clamp(min=0.0)
    return (torch.softmax(-distances / SOFTNESS, dim=2) * distances).sum(2).mean()


def saturation(rgb: Tensor) -> Tensor:
    """(n,): the mean over pixels of (max - min) / (max + DARK), the saturation of HSV, colours in [0, 1]."""
    light = (rgb.clamp(-1.0, 1.0) + 1.0) / 2.0
    most, least = light.amax(dim=1), light.amin(dim=1)
    return ((most - least) / (most + DARK)).mean(dim=(1, 2))


def saturation_lack(drawn: Tensor, reference: Tensor, target: float | None = None) -> Tensor:
    """mean max(0, wanted - saturation(drawn))^2: it pulls up and never down.

    Wanted is the reference's own saturation, or `target` where that is higher.
    """
    wanted = saturation(reference).detach()
    if target is not None:
        wanted = wanted.clamp(min=target)
    return (wanted - saturation(drawn)).clamp(min=0.0).square().mean()
