"""A finish on the decoded picture: stronger colours and a drawn look, each by a strength from 0 to 1.

Exact arithmetic on uint8 pixels, off the device; knows no model. Alpha stays as it is, and so do the pixels that
nobody sees: they weigh nothing in any mean, so that no hidden colour bleeds out at a sticker's edge.

Both parts work in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020): L is 0 to 1.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pawlette.job import Finish

Array = NDArray[np.floating]

MOST_CHROMA = 0.6  # chroma grows by this share at full strength
FLATTEN_RADIUS, FLATTEN_EPSILON = 3, 0.012**2  # pixels of a 256 px picture; variance that counts as an edge
LEVELS, SHARPNESS = 9, 3.5  # of lightness; how steep the soft steps between them are
EDGE_SIGMA, EDGE_RATIO, EDGE_SHARE = 0.8, 1.6, 0.98
EDGE_SHARPNESS, EDGE_DARKNESS = 24.0, 0.6
NATIVE = 256  # pixels on the shorter side, at which the radii above are meant

# Ottosson's matrices: linear sRGB -> cone responses, their cube roots -> Lab; and the ways back.
CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
TO_LAB, TO_CONES, TO_LAB_BACK, TO_LINEAR = (
    matrix.T.astype(np.float32) for matrix in (LAB, CONES, np.linalg.inv(LAB), np.linalg.inv(CONES))
)
CODES = np.arange(256) / 255.0
LINEAR = np.where(CODES <= 0.04045, CODES / 12.92, ((CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def apply_finish(pixels: NDArray[np.uint8], finish: Finish) -> NDArray[np.uint8]:
    """(h, w, 3 or 4) -> the same shape; the very same array where no part has any strength."""
    if not finish:
        return pixels
    rgb = pixels[..., :3]
    alpha = pixels[..., 3] if pixels.shape[-1] == 4 else np.full(pixels.shape[:2], 255, np.uint8)
    lab = to_oklab(rgb)
    if finish.cartoon:
        lab = cartoon(lab, alpha.astype(np.float32) / 255.0, finish.cartoon)
    if finish.saturation:
        lab = saturate(lab, finish.saturation)
    drawn = np.where(alpha[..., None] > 0, to_rgb(into_gamut(lab)), rgb)
    return drawn if pixels.shape[-1] == 3 else np.concatenate([drawn, alpha[..., None]], axis=-1)


# -- colour --------------------------------------------------------------------------------------------------


def to_oklab(rgb: NDArray[np.uint8]) -> Array:
    """(..., 3) sRGB codes -> (..., 3) L, a, b."""
    return np.cbrt(LINEAR[rgb] @ TO_CONES) @ TO_LAB


def to_linear(lab: Array) -> Array:
    """(..., 3) L, a, b -> linear sRGB, outside 0 to 1 where no screen shows the colour."""
    return (lab @ TO_LAB_BACK) ** 3 @ TO_LINEAR


def to_rgb(lab: Array) -> NDArray[np.uint8]:
    """(..., 3) L, a, b -> sRGB codes, cut at the ends of the range."""
    linear = to_linear(lab).clip(0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def saturate(lab: Array, strength: float) -> Array:
    """Chroma times 1 + MOST_CHROMA * strength at the same lightness and hue (OKLCH); greys stay grey."""
    return lab * np.array([1.0, *[1.0 + MOST_CHROMA * strength] * 2], dtype=np.float32)


def into_gamut(lab: Array) -> Array:
    """Colours that sRGB lacks, brought in along their chroma: lightness and hue stay (bisection, 10 halvings)."""
    lab = lab.copy()
    lab[..., 0] = lab[..., 0].clip(0.0, 1.0)
    outside = ~_is_shown(lab)
    colours = lab[outside]
    low, high = np.zeros((len(colours), 1), np.float32), np.ones((len(colours), 1), np.float32)
    for _ in range(10):
        middle = np.float32(0.5) * (low + high)
        fits = _is_shown(_with_chroma(colours, middle))[:, None]
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    lab[outside] = _with_chroma(colours, low)
    return lab


def _is_shown(lab: Array) -> NDArray[np.bool_]:
    linear = to_linear(lab)
    # The widest slip that rounds to the same code: colours read from sRGB must count as shown.
    return np.all((linear > -1e-4) & (linear < 1.0 + 1e-3), axis=-1)


def _with_chroma(lab: Array, share: Array) -> Array:
    return np.concatenate([lab[:, :1], lab[:, 1:] * share], axis=-1)


# -- the drawn look ------------------------------------------------------------------------------------------


def cartoon(lab: Array, weight: Array, strength: float) -> Array:
    """Flat areas, soft steps of lightness, gently darkened edges: the parts of H. Winnemöller, S. Olsen and B. Gooch,
    "Real-time video abstraction" (ACM Transactions on Graphics 25(3), 2006), mixed with the picture by `strength`.

    weight: (h, w), how much each pixel is seen: its alpha.
    """
    scale = max(1.0, min(lab.shape[:2]) / NATIVE)
    flat = flatten(lab, weight, max(1, round(FLATTEN_RADIUS * scale)))
    edges = darkening(flat[..., 0], weight, EDGE_SIGMA * scale)
    drawn = np.concatenate([(quantise(flat[..., 0]) * edges)[..., None], flat[..., 1:]], axis=-1)
    return lab + np.float32(strength) * (drawn - lab)


def flatten(lab: Array, weight: Array, radius: int) -> Array:
    """Edge-preserving smoothing: the guided filter of K. He, J. Sun and X. Tang ("Guided image filtering",
    ECCV 2010), each plane its own guide, every mean weighted by what is seen; it stands in for a bilateral filter.
    g = variance / (variance + epsilon); mean(g) L + mean((1 - g) mean(L)).
    """
    mean = _weighted(weight, lambda plane: box(plane, radius))
    middle = mean(lab)
    variance = (mean(lab * lab) - middle * middle).clip(0.0, None)
    gain = variance / (variance + FLATTEN_EPSILON)
    return mean(gain) * lab + mean((1.0 - gain) * middle)


def quantise(lightness: Array) -> Array:
    """Soft steps of lightness: q + d/2 tanh(s (L - q) / d) / tanh(s / 2); q the nearest level, d their distance.

    Winnemöller's soft quantisation, divided by what it reaches halfway, so that it is continuous there.
    """
    step = np.float32(1.0 / LEVELS)
    level = np.rint(lightness / step) * step
    return level + step / 2 * np.tanh(SHARPNESS * (lightness - level) / step) / np.float32(
        np.tanh(SHARPNESS / 2)
    )


def darkening(lightness: Array, weight: Array, sigma: float) -> Array:
    """What lightness is multiplied by: 1, falling smoothly to 1 - EDGE_DARKNESS on the dark side of an edge
    (Winnemöller's difference of Gaussians: 1 + tanh(phi (narrow - tau wide)) where that is below 1).
    """
    narrow = _weighted(weight, lambda plane: gaussian(plane, sigma))(lightness[..., None])[..., 0]
    wide = _weighted(weight, lambda plane: gaussian(plane, sigma * EDGE_RATIO))(lightness[..., None])[..., 0]
    below = np.minimum(narrow - np.float32(EDGE_SHARE) * wide, 0.0)
    return 1.0 + np.float32(EDGE_DARKNESS) * np.tanh(EDGE_SHARPNESS * below)


def _weighted(weight: Array, mean: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """`mean` of what is seen alone (normalised convolution, Knutsson and Westin, CVPR 1993)."""
    seen = weight[..., None]
    share = np.float32(1.0) / np.maximum(mean(seen), np.float32(1e-6))
    return lambda planes: mean(planes * seen) * share


def box(planes: Array, radius: int) -> Array:
    """(h, w, c): sums over (2 radius + 1) squared pixels, nothing beyond the frame."""
    for axis in (0, 1):
        # Float64: a running sum over a whole row would lose the digits that a variance is made of.
        sums = np.cumsum(_framed(planes, axis, radius + 1, radius), axis=axis, dtype=np.float64)
        length, reach = planes.shape[axis], 2 * radius + 1
        planes = (_part(sums, axis, reach, length) - _part(sums, axis, 0, length)).astype(np.float32)
    return planes


def gaussian(planes: Array, sigma: float) -> Array:
    """(h, w, c): blurred to three deviations, nothing beyond the frame."""
    reach = max(1, math.ceil(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    for axis in (0, 1):
        framed, length = _framed(planes, axis, reach, reach), planes.shape[axis]
        planes = np.zeros_like(planes)
        for start, tap in enumerate(taps):
            planes += tap * _part(framed, axis, start, length)
    return planes


def _framed(planes: Array, axis: int, before: int, behind: int) -> Array:
    return np.pad(planes, [(before, behind) if one == axis else (0, 0) for one in range(3)])


def _part(planes: Array, axis: int, start: int, length: int) -> Array:
    return planes[start : start + length] if axis == 0 else planes[:, start : start + length]
