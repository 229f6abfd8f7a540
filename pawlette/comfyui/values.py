"""What goes along a workflow's links, worked out without drawing: frozen nouns of a few fields. Knows no node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ZEROED = "conditioning"  # the input that a Text of no words stands in


@dataclass(frozen=True, slots=True)
class ModelChain:
    """MODEL: what a sampler is given, and where each part of it was said."""

    loader: str  # node id
    file: str
    loras: tuple[tuple[str, str, float], ...] = ()  # node id, name, strength
    shift: float | None = None
    shifted_at: str = ""  # node id
    cfg_norm: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """CONDITIONING: the words, and the input that they stand in."""

    node: str
    input: str
    words: str


@dataclass(frozen=True, slots=True)
class Size:
    """LATENT before sampling: pixels and pictures."""

    node: str
    width: int
    height: int
    count: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """LATENT after sampling, and IMAGE: all that a sampler was asked for."""

    node: str
    model: ModelChain
    positive: Text
    negative: Text
    size: Size
    seed: int
    steps: int
    cfg: float
    sigmas: tuple[float, ...] | None = None  # where they were written out: steps + 1, the last 0


@dataclass(frozen=True, slots=True)
class Guider:
    """GUIDER: what a sampler in parts is led by."""

    model: ModelChain
    positive: Text
    negative: Text
    cfg: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """IMAGE of Pawlette's own nodes: the inputs of a Draw node and of the Load node before it."""

    node: str
    loader: str  # node id
    loaded: Mapping[str, Any]
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """A node that saves or shows pictures."""

    node: str
    kind: str  # "output" or "temp"
    prefix: str
    pictures: Sampled | Drawn


@dataclass(frozen=True, slots=True)
class Part:
    """CLIP or VAE: the Studio's own stand in for it."""

    node: str
    file: str


@dataclass(frozen=True, slots=True)
class Value:
    """What comes out of a slot, with its type."""

    type: str
    data: Any
