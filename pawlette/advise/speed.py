"""How long each stage of a picture takes on a card: its operations and bytes over the card's rates.

A stage is as slow as the larger of two: what its kernels need, and the time to ask for them one by one. Where our own
engine was measured on a card, the prediction is multiplied by measured over predicted there (`measured.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from pawlette.advise import constants as known
from pawlette.advise.cards import Card
from pawlette.advise.memory import Load, enlarged, grid_tokens, need, template_tokens
from pawlette.advise.sizes import Denoiser, Sizes

# What the element-wise kernels of one block read and write, in bytes for each channel of each token, and how many
# kernels a block asks for: counted from the modules, by precision. "2.1 prefix": behind texts that were read before.
TRAFFIC = {
    "2.1": {"fp32": 285, "bf16": 247, "fp16": 355, "fp8": 598},
    "2.1 prefix": {"fp32": 278, "bf16": 243, "fp16": 336, "fp8": 594},
    "1.x": {"fp32": 272, "bf16": 241, "fp16": 361, "fp8": 445},
}
KERNELS = {
    "2.1": {"fp32": 39, "bf16": 47, "fp16": 57, "fp8": 96},
    "1.x": {"fp32": 77, "bf16": 89, "fp16": 115, "fp8": 169},
}
TOWER_KERNELS = 38  # a layer


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of one picture: its share of what its batch takes."""

    encode: float
    denoise: float
    decode: float
    deliver: float = 0.0  # on a core of the CPU, beside the rest
    swap: float = 0.0  # of the parts that take turns, as its share of the list

    @property
    def on_device(self) -> float:
        return self.encode + self.denoise + self.decode + self.swap

    @property
    def per_minute(self) -> float:
        """Pictures, where stages of different pictures overlap but share one device."""
        return 60.0 / max(self.on_device, self.deliver)


def predict(
    sizes: Sizes, load: Load, card: Card, steps: int, *, in_turns: bool = False, pictures: int = 1
) -> Seconds:
    """Seconds of one picture of a list of so many, by arithmetic alone."""
    swap = 0.0
    if in_turns and card.kind == "cuda":
        # Parts go to the card and back once for the whole list.
        swap = 2 * need(sizes, load).weights / known.HOST_LINK / pictures
    return Seconds(
        encode=encoding(sizes, load, card),
        denoise=steps * stepping(sizes, load, card),
        decode=decoding(sizes, load, card),
        deliver=known.PNG_SECONDS * load.width * load.height / 2**20,
        swap=swap,
    )


def _seconds(
    card: Card,
    precision: str,
    *,
    products: float = 0.0,
    share: float = known.MATMUL_SHARE,
    traffic: float = 0.0,
) -> float:
    """Of `products` multiply-adds at a share of the card's rate, and of `traffic` bytes."""
    if card.kind == "cpu":
        share = known.CPU_SHARE
    elif precision == "fp8":
        share = known.FP8_SHARE
    return 2 * products / (card.rate(precision) * share) + traffic / (
        1e9 * card.bandwidth * known.BANDWIDTH_SHARE
    )


def _asked(card: Card, kernels: float, load: Load) -> float:
    """Seconds of host time for so many kernels."""
    if card.kind == "cpu":
        return 0.0
    compiled = known.COMPILED_LAUNCHES if load.switches.compiled else 1.0
    return kernels * known.LAUNCH * compiled


def _other(load: Load) -> str:
    """The precision of text tower and decoder."""
    return "fp32" if load.other_size == 4 else "bf16"


def encoding(sizes: Sizes, load: Load, card: Card) -> float:
    """The text tower, once a picture: as slow as its weights are read."""
    tokens = (template_tokens(sizes) + load.text_tokens) * (2 if load.guided else 1)
    products = tokens * sizes.tower.matrices
    read = sizes.tower.parameters * load.other_size / load.rows
    work = max(_seconds(card, _other(load), products=products), _seconds(card, "fp32", traffic=read))
    return max(work, _asked(card, TOWER_KERNELS * sizes.tower.layers, load) / load.rows)


def stepping(sizes: Sizes, load: Load, card: Card) -> float:
    """One step of one picture."""
    denoiser, precision = sizes.denoiser, load.switches.precision
    image, text, rows = grid_tokens(sizes, load), load.text_tokens, load.forward_rows
    kind = denoiser.generation
    prefix = kind == "2.1" and load.switches.prefix
    seen, attended = (image, text + image) if prefix else (text + image, text + image)
    by_image, by_text = denoiser.matrices()
    products = rows * (image * by_image + (0 if prefix else text * by_text))
    attention = rows * 2 * denoiser.layers * seen * attended * denoiser.width
    each: float = TRAFFIC["2.1 prefix" if prefix else kind][precision]
    if load.switches.compiled:  # rounding to fp8 is then part of the norm before it
        each = known.COMPILED_TRAFFIC * min(each, TRAFFIC[kind]["bf16"] if precision == "fp8" else each)
    traffic = rows * seen * denoiser.layers * denoiser.width * each
    held = need(sizes, load).denoise.weights
    product_time = max(_seconds(card, precision, products=products), _seconds(card, "fp32", traffic=held))
    half = "bf16" if precision == "fp8" else precision
    share = known.CUDNN_ATTENTION_SHARE if load.switches.attention == "cudnn" else known.ATTENTION_SHARE
    work = product_time + _seconds(card, half, products=attention, share=share, traffic=traffic)
    asked = 0.0 if load.switches.graphs else _asked(card, kernels(denoiser, precision), load)
    return max(work, asked) / load.rows


def kernels(denoiser: Denoiser, precision: str) -> int:
    """That one forward of the denoiser asks for."""
    return KERNELS[denoiser.generation][precision] * denoiser.layers


def decoding(sizes: Sizes, load: Load, card: Card) -> float:
    """The decoder, and the upscaler where it draws."""
    light = sizes.light if load.decoder != "full" else None
    decoder = light or sizes.decoder
    latents = grid_tokens(sizes, load) * sizes.family.patch**2
    products = float(decoder.multiplications(latents, folded=load.switches.folded and light is None))
    traffic = decoder.traffic(latents, load.other_size) * (
        known.COMPILED_TRAFFIC if load.switches.compiled else 1.0
    )
    work = _seconds(card, _other(load), products=products, share=known.CONVOLUTION_SHARE, traffic=traffic)
    if enlarged(sizes, load) > 1 and sizes.upscaler is not None:
        pixels = latents * decoder.pixels_per_latent**2
        work += _seconds(
            card, "fp32", products=sizes.upscaler.multiplications(pixels), share=known.CONVOLUTION_SHARE
        )
    return max(work, _asked(card, decoder.kernels(load.other_size), load) / load.rows)
