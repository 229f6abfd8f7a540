"""Figures of single pictures that need no network: saturation, colourfulness, edges, and how clean an alpha is.

Pure: arrays in, numbers out. Knows no prompt, no judge and no file.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
EDGE = 0.1  # of the steepest step there can be: a slope above it is an edge
BAND = 2  # pixels on each side of a silhouette, in which alpha may be soft
CRUMB = 0.02  # a piece with less than this share of the silhouette is a stray one


def colours(rgb: Array) -> dict[str, float]:
    """Of uint8 (h, w, 3): the mean HSV saturation, and colourfulness.

    Colourfulness M3 of Hasler & Suesstrunk, "Measuring colourfulness in natural images" (2003): with rg = R - G and
    yb = (R + G) / 2 - B, the length of their deviations plus 0.3 times the length of their means.
    """
    wide = rgb.astype(np.float64)
    high, low = wide.max(-1), wide.min(-1)
    saturation = np.divide(high - low, high, out=np.zeros_like(high), where=high > 0)
    rg, yb = wide[..., 0] - wide[..., 1], (wide[..., 0] + wide[..., 1]) / 2 - wide[..., 2]
    colourfulness = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    return {"saturation": float(saturation.mean()), "colourfulness": float(colourfulness)}


def edges(rgb: Array) -> dict[str, float]:
    """Of uint8 (h, w, 3): the share of pixels on an edge, and the mean slope there (1 is black beside white).

    The slope is the length of the Sobel gradient of Rec. 601 luma, divided by 4.
    """
    luma = rgb.astype(np.float64) @ np.array([0.299, 0.587, 0.114]) / 255
    across = luma[:, 2:] - luma[:, :-2]
    across = across[:-2] + 2 * across[1:-1] + across[2:]
    down = luma[2:] - luma[:-2]
    down = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    slope = np.hypot(across, down) / 4
    on_edge = slope > EDGE
    return {
        "edge_density": float(on_edge.mean()),
        "edge_strength": float(slope[on_edge].mean()) if on_edge.any() else 0.0,
    }


def alpha_quality(alpha: Array) -> dict[str, float]:
    """Of uint8 (h, w): how much of a sticker's alpha is where it should not be.

    haze: share of all pixels that are half transparent, further than BAND pixels from the silhouette's edge;
    core: share of the silhouette within that edge that is opaque; crumbs: how many stray pieces there are;
    covered: share of the picture that the silhouette covers.
    """
    solid = alpha >= 128
    inner, outer = ~_grown(~solid, BAND), _grown(solid, BAND)
    away = inner | ~outer
    pieces = piece_sizes(solid)
    return {
        "haze": float(((alpha > 8) & (alpha < 247) & away).mean()),
        "core": float((alpha[inner] >= 247).mean()) if inner.any() else 0.0,
        "crumbs": float(sum(size < CRUMB * sum(pieces) for size in pieces)),
        "covered": float(solid.mean()),
    }


def _grown(mask: Array, reach: int) -> Array:
    """The mask and all that lies within `reach` steps to the sides of it."""
    for _ in range(reach):
        wide = np.pad(mask, 1)
        mask = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return mask


def piece_sizes(mask: Array) -> list[int]:
    """How many pixels each connected piece has, largest first; pixels that touch at a corner are one piece."""
    owner: list[int] = []  # run -> a run of the same piece that came earlier, or itself
    sizes: list[int] = []
    above: list[tuple[int, int, int]] = []
    for row in mask:
        runs = []
        turns = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        for start, end in turns.reshape(-1, 2).tolist():
            name = len(owner)
            owner.append(name)
            sizes.append(end - start)
            for first, last, other in above:
                if first <= end and start <= last:
                    _join(owner, name, other)
            runs.append((start, end, name))
        above = runs
    totals: dict[int, int] = {}
    for name, size in enumerate(sizes):
        root = _root(owner, name)
        totals[root] = totals.get(root, 0) + size
    return sorted(totals.values(), reverse=True)


def _root(owner: list[int], name: int) -> int:
    while owner[name] != name:
        owner[name] = owner[owner[name]]
        name = owner[name]
    return name


def _join(owner: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(owner, one), _root(owner, other)))
    owner[second] = first
