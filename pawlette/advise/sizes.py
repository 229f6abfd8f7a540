"""A model's sizes, from the settings of its parts, and how many parameters they make. Knows no tensor and no card.

The counts are those of the model room's modules, which tests build without memory and compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pawlette.advise.decoders import Decoder, full_decoder, light_decoder
from pawlette.errors import BadModel
from pawlette.model.family import Family
from pawlette.model.folders import read_json
from pawlette.model.parts import LIGHT_FOLDER, UPSCALER_FOLDER
from pawlette.model.published import PUBLISHED

TIMESTEP_WIDTH = 256  # channels of the sinusoidal timestep features


@dataclass(frozen=True, slots=True)
class Denoiser:
    """`modulation` counts what 1.x can have as a table instead; `rounded` what fp8 holds in 8 bits."""

    generation: str
    width: int
    head_dim: int
    layers: int
    context: int  # width of the text that it reads
    inputs: int  # channels of a token
    outputs: int
    hidden: int  # channels inside a feed-forward, as multiples of the width

    @property
    def parameters(self) -> int:
        d, outside = self.width, 0
        if self.generation == "2.1":
            outside = TIMESTEP_WIDTH * d + d * d  # timestep
            outside += self.context + self.context * d + d * d  # text
            outside += self.inputs * d + 4 * d * d + d * d + d * self.outputs
            return outside + self.layers * (4 * d * d + 2 * self.head_dim + 3 * self.hidden * d * d)
        outside = linear(TIMESTEP_WIDTH, d) + linear(d, d)
        outside += self.context + linear(self.context, d) + linear(self.inputs, d)
        outside += linear(d, 2 * d) + linear(d, self.outputs)
        mlp = linear(d, self.hidden * d) + linear(self.hidden * d, d)
        return outside + self.modulation + self.layers * (8 * linear(d, d) + 4 * self.head_dim + 2 * mlp)

    @property
    def modulation(self) -> int:
        return 2 * self.layers * linear(self.width, 6 * self.width) if self.generation == "1.x" else 0

    @property
    def rounded(self) -> int:
        """Weights of the blocks' matrices; biases, norms and the sensitive layers stay."""
        d, h = self.width, self.hidden
        block = 4 * d * d + 3 * h * d * d if self.generation == "2.1" else 8 * d * d + 3 * h * d * d
        return self.layers * block

    @property
    def rounded_rows(self) -> int:
        """Rows of those matrices: each has a float32 scale."""
        d, h = self.width, self.hidden
        return self.layers * (4 * d + 2 * h * d + d if self.generation == "2.1" else 8 * d + 2 * h * d + d)

    def matrices(self) -> tuple[int, int]:
        """Weights that each image token and each text token is multiplied with."""
        d, h = self.width, self.hidden
        if self.generation == "2.1":
            block = self.layers * (4 * d * d + 3 * h * d * d)
            return block + (self.inputs + self.outputs) * d, block + self.context * d + d * d
        stream = self.layers * (4 * d * d + 2 * h * d * d)
        return stream + (self.inputs + self.outputs) * d, stream + self.context * d


@dataclass(frozen=True, slots=True)
class Tower:
    """A text encoder's language tower, without LM head."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int  # channels inside a feed-forward
    biased: bool  # have query, key and value a bias?
    head_norms: bool
    final_norm: bool

    @property
    def parameters(self) -> int:
        return self.vocabulary * self.width + self.layers * self._layer + self.width * self.final_norm

    @property
    def _layer(self) -> int:
        q, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = 2 * self.width * q + 2 * self.width * kv + (q + 2 * kv) * self.biased
        norms = 2 * self.width + 2 * self.head_dim * self.head_norms
        return attention + 3 * self.width * self.hidden + norms

    @property
    def matrices(self) -> int:
        """Weights that each token is multiplied with."""
        return self.layers * self._layer


@dataclass(frozen=True, slots=True)
class Upscaler:
    """What doubles a picture's sides; always float32."""

    channels: int
    width: int
    blocks: int
    fine: int
    fine_blocks: int

    @property
    def parameters(self) -> int:
        c, w, f = self.channels, self.width, self.fine
        coarse = convolution(4 * c, w) + self.blocks * 2 * convolution(w, w) + convolution(w, 4 * f)
        return coarse + convolution(c, f) + self.fine_blocks * 2 * convolution(f, f) + convolution(f, 4 * c)

    def peak(self, pixels: int) -> int:
        """The most bytes at once while so many pixels are doubled."""
        return 4 * pixels * (self.channels + self.width // 4 + 4 * self.fine)

    def multiplications(self, pixels: int) -> int:
        """Multiply-adds."""
        c, w, f = self.channels, self.width, self.fine
        coarse = (4 * c * w + self.blocks * 2 * w * w + w * 4 * f) / 4
        return round(pixels * 9 * (coarse + c * f + self.fine_blocks * 2 * f * f + f * 4 * c))


@dataclass(frozen=True, slots=True)
class Sizes:
    """All parts of a model, and its family."""

    family: Family
    tower: Tower
    denoiser: Denoiser
    decoder: Decoder
    encoder_parameters: int  # of the autoencoder's other half, which is held beside the decoder
    light: Decoder | None = None
    upscaler: Upscaler | None = None

    @classmethod
    def from_folder(cls, folder: Path) -> Sizes:
        """Of a model in the diffusers layout; raises BadModel naming the file at fault."""
        parts = {name: read_json(folder / name / "config.json") for name in PUBLISHED["2.1"]}
        family = Family.from_folder(folder)
        light, upscaler = folder / LIGHT_FOLDER / "config.json", folder / UPSCALER_FOLDER / "config.json"
        try:
            return cls.of(
                family,
                parts,
                light=read_json(light) if light.exists() else None,
                upscaler=read_json(upscaler) if family.upscaled > 1 else None,
            )
        except (KeyError, TypeError) as error:
            raise BadModel(
                f"{folder}: a config.json of its parts lacks {error}, so its size is not known"
            ) from error

    @classmethod
    def published(cls, family: Family) -> Sizes:
        """Of a published model that lies nowhere here."""
        return cls.of(family, PUBLISHED[family.generation])

    @classmethod
    def of(
        cls, family: Family, parts: Mapping[str, Mapping[str, Any]], *, light: Mapping[str, Any] | None = None,
        upscaler: Mapping[str, Any] | None = None,
    ) -> Sizes:  # fmt: skip
        """From the settings of "transformer", "vae" and "text_encoder", named as in their config.json."""
        full = full_decoder(family, parts["vae"])
        return cls(
            family,
            read_tower(parts["text_encoder"], family),
            read_denoiser(parts["transformer"], family.generation),
            full,
            full.encoder_parameters,
            None if light is None else light_decoder(light),
            None if upscaler is None else read_upscaler(upscaler),
        )


def linear(inputs: int, outputs: int) -> int:
    """Parameters with a bias."""
    return inputs * outputs + outputs


def convolution(inputs: int, outputs: int, kernel: int = 3) -> int:
    """Parameters with a bias."""
    return kernel * kernel * inputs * outputs + outputs


def read_denoiser(config: Mapping[str, Any], generation: str) -> Denoiser:
    newer = generation == "2.1"
    patch = 1 if newer else config.get("patch_size", 2)
    return Denoiser(
        generation=generation,
        width=config["num_attention_heads"] * config["attention_head_dim"],
        head_dim=config["attention_head_dim"],
        layers=config["num_layers"],
        context=config["context_in_dim" if newer else "joint_attention_dim"],
        inputs=config["in_channels"],
        outputs=config["out_channels"] * patch**2,
        hidden=config["mlp_ratio"] if newer else 4,
    )


def read_tower(config: Mapping[str, Any], family: Family) -> Tower:
    text = config.get("text_config", config)
    newer = family.generation == "2.1"
    return Tower(
        vocabulary=text["vocab_size"],
        width=text["hidden_size"],
        layers=text["num_hidden_layers"],
        heads=text["num_attention_heads"],
        kv_heads=text["num_key_value_heads"],
        head_dim=text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"],
        hidden=text["intermediate_size"],
        biased=not newer,
        head_norms=newer,
        final_norm=family.final_norm,
    )


def read_upscaler(config: Mapping[str, Any]) -> Upscaler:
    return Upscaler(
        channels=config["channels"], width=config["width"], blocks=config["blocks"], fine=config["fine_width"],
        fine_blocks=config["fine_blocks"],
    )  # fmt: skip
