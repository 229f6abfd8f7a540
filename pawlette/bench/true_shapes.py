"""Qwen-Image 1.x and 2.1 in their true published sizes, with random weights, as the reference libraries' own classes.

Knows no engine. Sizes are those of the published config.json files. `small` has the same architectures at toy sizes,
for CPUs. Random weights draw noise, and take exactly the time that trained ones take. The text encoders have their
whole language tower and LM head; of the vision tower, which no text meets, one small block stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from pawlette.bench.random_weights import built
from pawlette.bench.small_tokenizer import TextProcessor, make_tokenizer
from pawlette.errors import BadJob
from pawlette.model.published import PUBLISHED, ROPE_3, ROPE_25

MODELS = ("2.1", "1.x")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one model is made of: classes by name, and their settings."""

    pipeline: str
    transformer: tuple[str, Mapping[str, Any]]
    vae: tuple[str, Mapping[str, Any]]
    text: tuple[str, Mapping[str, Any]]  # the classes' common name, the language tower's settings
    scheduler: Mapping[str, Any]


def statistics(channels: int) -> dict[str, Any]:
    """Of latents: of the published ones' size."""
    return {
        "latents_mean": [0.01 * i - 0.1 for i in range(channels)],
        "latents_std": [1.5 + 0.01 * i for i in range(channels)],
    }


SHIFT = {"use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 0.9, "max_image_seq_len": 8192}
TOY_TEXT = {
    "vocab_size": 600, "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2,
}  # fmt: skip

SHAPES = {
    ("1.x", False): Shape(
        "QwenImagePipeline",
        ("QwenImageTransformer2DModel", PUBLISHED["1.x"]["transformer"]),
        ("AutoencoderKLQwenImage", {**PUBLISHED["1.x"]["vae"], **statistics(16)}),
        ("Qwen2_5_VL", PUBLISHED["1.x"]["text_encoder"]),
        SHIFT | {"shift_terminal": 0.02},
    ),
    ("2.1", False): Shape(
        "QwenImage21Pipeline",
        ("QwenImage21Transformer2DModel", PUBLISHED["2.1"]["transformer"]),
        ("AutoencoderKLQwenImage21", {**PUBLISHED["2.1"]["vae"], **statistics(64)}),
        ("Qwen3VL", PUBLISHED["2.1"]["text_encoder"]),
        SHIFT,
    ),
    ("1.x", True): Shape(
        "QwenImagePipeline",
        ("QwenImageTransformer2DModel", {
            "in_channels": 16, "out_channels": 4, "num_layers": 2, "attention_head_dim": 16,
            "num_attention_heads": 3, "joint_attention_dim": 48, "axes_dims_rope": (4, 6, 6),
        }),
        ("AutoencoderKLQwenImage", {"base_dim": 8, "z_dim": 4, "num_res_blocks": 1, **statistics(4)}),
        ("Qwen2_5_VL", TOY_TEXT | {"rope_parameters": ROPE_25 | {"mrope_section": [2, 2, 2]}}),
        SHIFT | {"shift_terminal": 0.02},
    ),
    ("2.1", True): Shape(
        "QwenImage21Pipeline",
        ("QwenImage21Transformer2DModel", {
            "in_channels": 8, "out_channels": 8, "num_layers": 2, "attention_head_dim": 16,
            "num_attention_heads": 3, "context_in_dim": 48, "mlp_ratio": 3, "axes_dims_rope": (4, 6, 6), "eps": 1e-6,
        }),
        ("AutoencoderKLQwenImage21", {
            "base_dim": 8, "decoder_base_dim": 12, "z_dim": 8, "dim_mult": [1, 2, 4, 4, 4], "num_res_blocks": 1,
            **statistics(8),
        }),
        ("Qwen3VL", TOY_TEXT | {"head_dim": 16, "rope_parameters": ROPE_3 | {"mrope_section": [4, 2, 2]}}),
        SHIFT,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A model as the reference libraries hold it, and the folder of small files that describes it."""

    folder: Path
    pipeline: Any  # of diffusers, whole

    def part(self, name: str) -> Any:
        """transformer, vae or text_encoder."""
        return getattr(self.pipeline, name)


def build(model: str, folder: Path, *, device: str, dtype: torch.dtype, small: bool = False) -> Reference:
    """A model with random weights on the device, and its small files in the folder."""
    if (model, small) not in SHAPES:
        raise BadJob(f"true shapes are there of {', '.join(MODELS)}; got {model!r}")
    shape = SHAPES[model, small]
    tokenizer = make_tokenizer()
    made = partial(built, device=device, dtype=dtype)
    parts = {
        "transformer": made(partial(_of_diffusers, *shape.transformer)),
        "vae": made(partial(_of_diffusers, *shape.vae)),
        "text_encoder": made(partial(_text_encoder, *shape.text, tokenizer)),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(**shape.scheduler),
    }
    reads = {"processor": TextProcessor(tokenizer)} if model == "2.1" else {"tokenizer": tokenizer}
    pipeline = getattr(diffusers, shape.pipeline)(**parts, **reads)
    pipeline.set_progress_bar_config(disable=True)
    _write_small_files(folder, shape.pipeline, parts, tokenizer)
    return Reference(folder, pipeline)


def _of_diffusers(name: str, settings: Mapping[str, Any]) -> Any:
    return getattr(diffusers, name)(**settings)


def _text_encoder(name: str, settings: Mapping[str, Any], tokenizer: Any) -> Any:
    deep = {"deepstack_visual_indexes": [0], "num_position_embeddings": 16} if name == "Qwen3VL" else {}
    vision = {
        "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2,
        "out_hidden_size": settings["hidden_size"],
    }  # fmt: skip
    ids = {
        f"{key}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
        for key, token in (
            ("image", "image_pad"), ("video", "video_pad"), ("vision_start", "vision_start"),
            ("vision_end", "vision_end"),
        )
    }  # fmt: skip
    no_ends = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    text = {**settings, **no_ends, "max_position_embeddings": 8192, "tie_word_embeddings": False}
    config = getattr(transformers, f"{name}Config")(text_config=text, vision_config=vision | deep, **ids)
    return getattr(transformers, f"{name}ForConditionalGeneration")(config)


def _write_small_files(folder: Path, pipeline: str, parts: Mapping[str, Any], tokenizer: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": pipeline}), encoding="utf-8")
    for name in ("transformer", "vae", "scheduler"):
        parts[name].save_config(folder / name)
    parts["text_encoder"].config.save_pretrained(folder / "text_encoder")
    tokenizer.save_pretrained(folder / "tokenizer")
