"""An image decoder as a list of layers: its parameters, operations, and what it holds at its fullest moment.

Knows no tensor. It follows the forwards of `model/autoencoder1.py`, `autoencoder21.py` and `light_decoder.py` moment by
moment; tests run those modules without memory and compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pawlette.model.family import Family

WIDE = 4  # bytes of a float32, in which norms are computed
KINDS = {
    "1.x": {"dim_mult": (1, 2, 4, 4), "temporal": (False, True, True)},
    "2.1": {"dim_mult": (1, 2, 4, 8, 8), "temporal": (False, True, True, True)},
}


@dataclass(frozen=True, slots=True)
class Block:
    """Residual blocks at one resolution, then, except at the last, doubling.

    `frames`: how often the 2.1 shortcut repeats channels (1 or 2); 0: no shortcut. `plain`: a light decoder's.
    """

    inputs: int
    outputs: int
    count: int  # residual blocks
    grown: int  # channels behind the doubling; 0: none
    frames: int = 0
    plain: bool = False
    kernel: int = 3  # of the doubling


@dataclass(frozen=True, slots=True)
class Decoder:
    z: int
    channels: int  # of a picture
    pixels_per_latent: int
    blocks: tuple[Block, ...]
    parameters: int
    encoder_parameters: int = 0

    def peak(self, latents: int, size: int, *, folded: bool, copies: float) -> float:
        """The most bytes at once while `latents` (height x width x batch) are decoded, `size` bytes a number.

        `copies`: how often a convolution's input and output are held once more by the library that computes it.
        """
        return max(self._moments(latents, size, folded, copies))

    def _moments(self, latents: int, size: int, folded: bool, copies: float) -> Iterator[float]:
        pixels, before = latents, 0
        for block in self.blocks:
            given = size * block.inputs * pixels
            # What a block was given is held until it ends; a light decoder also holds what that was grown from.
            held = before if block.plain else given
            yield held + pixels * _first(block, size, copies)
            if block.count > 1:
                again = given if block.plain else size * block.outputs * pixels
                yield held + again + pixels * _residual(block.outputs, block.outputs, block, size, copies)
            before = size * block.outputs * pixels
            if block.grown:
                yield held + pixels * _doubling(block, size, folded, copies)
                pixels *= 4
        last = self.blocks[-1].outputs
        if not self.blocks[-1].plain:
            yield pixels * (size * last + _norm(last, size))
        yield pixels * self.channels * (3 * WIDE)  # to bytes: pixels, and two steps of the arithmetic

    def multiplications(self, latents: int, *, folded: bool) -> int:
        """Multiply-adds of one decode."""
        first = self.blocks[0]
        total, pixels = latents * 9 * self.z * first.inputs, latents
        if not first.plain:
            c = first.inputs  # the middle: two residual blocks and attention over all pixels
            total += latents * (self.z**2 + 36 * c * c + 4 * c * c + 2 * latents * c)
        for block in self.blocks:
            widths = [block.inputs] + [block.outputs] * block.count
            for a, b in pairwise(widths):
                total += pixels * (9 * a * b + 9 * b * b + (0 if a == b else a * b))
            if block.grown:
                taps = block.kernel**2 if block.plain else (4 if folded else 9)
                total += 4 * pixels * taps * block.outputs * block.grown
                pixels *= 4
        return total + pixels * 9 * self.blocks[-1].outputs * self.channels

    def traffic(self, latents: int, size: int) -> int:
        """Bytes that norms, activations and sums read and write: convolutions left out."""
        total, pixels = 0, latents
        for block in self.blocks:
            for a, b in pairwise([block.inputs] + [block.outputs] * block.count):
                if block.plain:
                    total += pixels * 5 * size * b  # activation, sum
                else:
                    total += pixels * ((a + b) * norm_traffic(size) + 3 * size * b)
            if block.grown:
                total += 4 * pixels * block.grown * size * (2 + 6 * (block.frames > 0))
                pixels *= 4
        if not self.blocks[0].plain:  # the middle's two residual blocks, and the last norm
            total += latents * self.blocks[0].inputs * (4 * norm_traffic(size) + 6 * size)
            total += pixels * self.blocks[-1].outputs * norm_traffic(size)
        return total

    def kernels(self, size: int) -> int:
        """How many are launched in one decode."""
        if self.blocks[0].plain:
            return sum(4 * block.count + 2 for block in self.blocks) + 4
        each = 19 if size < WIDE else 15  # of a residual block
        return sum(each * block.count + 6 for block in self.blocks) + 2 * each + 15


def norm_traffic(size: int) -> int:
    """Bytes a number that a norm with its gain and SiLU reads and writes."""
    return 2 * (size + WIDE) * (size < WIDE) + 3 * WIDE + 6 * size


def _norm(channels: int, size: int) -> int:
    """A pixel's norm: its float32 copy beside the unit vector, or unit, scaled and gained."""
    copy = WIDE if size < WIDE else 0
    return max(copy + WIDE, 3 * size) * channels


def _first(block: Block, size: int, copies: float) -> float:
    return _residual(block.inputs, block.outputs, block, size, copies) if block.count else 0


def _residual(inputs: int, outputs: int, block: Block, size: int, copies: float) -> float:
    """A pixel's, beside what the residual block was given."""
    if block.plain:
        return size * outputs * (3 + 2 * copies)

    def convolved(a: int, b: int) -> float:
        return size * (a + b) * (1 + copies)

    own = 0 if inputs == outputs else outputs
    return max(
        _norm(inputs, size),
        convolved(inputs, outputs),
        size * outputs + _norm(outputs, size),
        size * outputs + convolved(outputs, outputs),
        size * (3 * outputs + own),
    )


def _doubling(block: Block, size: int, folded: bool, copies: float) -> float:
    """A small pixel's: what the residual blocks made, the doubled, what the convolution makes of it."""
    small, grown = size * block.outputs, 4 * size * block.grown
    if block.plain:  # a convolution makes four pixels' channels, which are then laid out
        return small + grown + max(grown, copies * (small + grown))
    up = 0 if folded else 4 * small
    resampled = small + up + grown + copies * (up + grown)
    if not block.frames:
        return resampled
    repeated = grown * block.frames
    return max(resampled, small + grown + repeated + grown * (block.frames > 1) + grown, small + 3 * grown)


def _residual_parameters(a: int, b: int) -> int:
    return a + 9 * a * b + b + b + 9 * b * b + b + (0 if a == b else a * b + b)


def _middle_parameters(c: int) -> int:
    return 2 * _residual_parameters(c, c) + c + 3 * c * c + 3 * c + c * c + c


def full_decoder(family: Family, config: Mapping[str, Any]) -> Decoder:
    """The autoencoder's own, from its config.json."""
    newer, kind = family.generation == "2.1", KINDS[family.generation]
    base, z, count = config["base_dim"], config["z_dim"], config.get("num_res_blocks", 2)
    up_base = (config.get("decoder_base_dim") or base) if newer else base
    multiples = tuple(config.get("dim_mult", kind["dim_mult"]))
    temporal = tuple(config.get("temperal_downsample", kind["temporal"]))
    widths = [up_base * m for m in (multiples[-1], *reversed(multiples))]
    doubles = [*reversed(temporal), False]
    blocks = []
    for index, (a, b) in enumerate(pairwise(widths)):
        last = index == len(multiples) - 1
        inputs = a if newer or index == 0 else a // 2  # in 1.x doubling has halved the channels
        frames = (2 if doubles[index] else 1) if newer and not last else 0
        blocks.append(Block(inputs, b, count + 1, 0 if last else (b if newer else b // 2), frames))
    parameters = z * z + z + 9 * z * widths[0] + widths[0] + _middle_parameters(widths[0])
    for block, double in zip(blocks, doubles, strict=True):
        for a, b in pairwise([block.inputs] + [block.outputs] * block.count):
            parameters += _residual_parameters(a, b)
        if block.grown:
            parameters += 9 * block.outputs * block.grown + block.grown
        if newer and double:  # the temporal half, which no still runs
            parameters += 2 * block.outputs**2 + 2 * block.outputs
    channels = config.get("out_channels", family.channels)
    parameters += widths[-1] + 9 * widths[-1] * channels + channels
    encoder = _encoder_parameters(
        [base * m for m in (1, *multiples)], z, count, channels, temporal if newer else ()
    )
    return Decoder(z, channels, family.pixels_per_latent, tuple(blocks), parameters, encoder)


def _encoder_parameters(
    widths: list[int], z: int, count: int, channels: int, temporal: tuple[bool, ...]
) -> int:
    total = 9 * channels * widths[0] + widths[0] + _middle_parameters(widths[-1]) + widths[-1]
    total += 9 * widths[-1] * 2 * z + 2 * z + 4 * z * z + 2 * z
    for index, (a, b) in enumerate(pairwise(widths)):
        total += sum(_residual_parameters(*pair) for pair in pairwise([a] + [b] * count))
        if index < len(widths) - 2:
            total += 9 * b * b + b
            total += (b * b + b) * (index < len(temporal) and temporal[index])
    return total


def light_decoder(config: Mapping[str, Any]) -> Decoder:
    """A light one, from its config.json."""
    widths, counts, z, channels = (config[k] for k in ("widths", "blocks", "z_dim", "out_channels"))
    last = len(widths) - 1
    blocks = [
        Block(width, width, count, 0 if i == last else widths[i + 1], plain=True, kernel=3 if i == last - 1 else 1)
        for i, (width, count) in enumerate(zip(widths, counts, strict=True))
    ]  # fmt: skip
    parameters = 9 * z * widths[0] + widths[0] + 9 * widths[-1] * channels + channels
    for block in blocks:
        parameters += block.count * 2 * (9 * block.outputs**2 + block.outputs)
        if block.grown:
            parameters += block.kernel**2 * block.outputs * 4 * block.grown + 4 * block.grown
    return Decoder(z, channels, 2**last, tuple(blocks), parameters)
