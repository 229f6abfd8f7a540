"""Which modules draw which generation of Qwen-Image. Knows no folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from pawlette.model.autoencoder1 import Autoencoder1, Autoencoder1Config, still_weights
from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.denoiser1 import Denoiser1, Denoiser1Config
from pawlette.model.denoiser21 import Denoiser21, Denoiser21Config


@dataclass(frozen=True, slots=True)
class Generation:
    """The modules that draw one generation, and how its autoencoder's checkpoint is made to fit."""

    denoiser: type[nn.Module]
    denoiser_config: Any
    autoencoder: type[nn.Module]
    autoencoder_config: Any
    text_width: str  # what the denoiser's config calls the width of the text embeddings
    adapt: Callable[[Any, Mapping[str, Tensor]], dict[str, Tensor]]


GENERATIONS = {
    "1.x": Generation(
        Denoiser1, Denoiser1Config, Autoencoder1, Autoencoder1Config, "joint_attention_dim",
        lambda config, weights: still_weights(weights, config.video_only_keys),
    ),
    "2.1": Generation(
        Denoiser21, Denoiser21Config, Autoencoder21, Autoencoder21Config, "context_in_dim",
        lambda config, weights: dict(weights),
    ),
}  # fmt: skip
