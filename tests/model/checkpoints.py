"""Small random checkpoints of both true architectures, written as the reference libraries write them."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    AutoencoderKLQwenImage21,
    FlowMatchEulerDiscreteScheduler,
    QwenImage21Transformer2DModel,
    QwenImageTransformer2DModel,
)
from safetensors.torch import save_file
from torch import nn
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
)

from pawlette.bench.small_tokenizer import TextProcessor, make_tokenizer
from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig
from pawlette.model.upscaler import Upscaler, UpscalerConfig

SENTENCES = [
    "a cute panda under a rainbow", "a smiling dolphin, big eyes, soft fur",
    "两只熊猫在彩虹下", "一只可爱的兔子在雪地里",
    "<|im_start|>system user assistant Describe the image by detailing the color, shape, size, texture",
]  # fmt: skip
TEXT_WIDTH = 48
SCHEDULE_1 = dict(
    use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, base_image_seq_len=256, max_image_seq_len=8192,
    shift_terminal=0.02,
)  # fmt: skip
SCHEDULE_21 = dict(use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, max_image_seq_len=8192)
SCHEDULE_OWN = dict(shift=2.0)


def randomise(model: nn.Module, seed: int) -> nn.Module:
    """Weights at which no layer is idle: matrices keep a signal's size, norms and biases vary."""
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1 or "gamma" in name:
            centre = 0.0 if name.endswith("bias") else 1.0
            nn.init.normal_(parameter, mean=centre, std=0.1)
        else:
            nn.init.normal_(parameter, std=1.0 / math.sqrt(parameter[0].numel()))
    return model.eval()


def text_sizes(tokenizer: Qwen2Tokenizer) -> dict:
    return dict(
        vocab_size=len(tokenizer), hidden_size=TEXT_WIDTH, intermediate_size=96, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
        bos_token_id=None, eos_token_id=None, pad_token_id=None, tie_word_embeddings=False,
    )  # fmt: skip


def token_ids(tokenizer: Qwen2Tokenizer) -> dict:
    names = dict(
        image_token_id="<|image_pad|>", video_token_id="<|video_pad|>",
        vision_start_token_id="<|vision_start|>", vision_end_token_id="<|vision_end|>",
    )  # fmt: skip
    return {key: tokenizer.convert_tokens_to_ids(token) for key, token in names.items()}


def text_encoder_1(tokenizer: Qwen2Tokenizer) -> Qwen2_5_VLForConditionalGeneration:
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 2, 2]}
    config = Qwen2_5_VLConfig(
        text_config=text_sizes(tokenizer) | {"rope_parameters": rope},
        vision_config=dict(
            depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=TEXT_WIDTH
        ),
        **token_ids(tokenizer),
    )
    return randomise(Qwen2_5_VLForConditionalGeneration(config), seed=1)


def text_encoder_21(tokenizer: Qwen2Tokenizer) -> Qwen3VLForConditionalGeneration:
    rope = {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "mrope_section": [4, 2, 2],
        "mrope_interleaved": True,
    }
    config = Qwen3VLConfig(
        text_config=text_sizes(tokenizer) | {"rope_parameters": rope, "head_dim": 16},
        vision_config=dict(
            depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=TEXT_WIDTH,
            deepstack_visual_indexes=[0], num_position_embeddings=16,
        ),
        **token_ids(tokenizer),
    )  # fmt: skip
    return randomise(Qwen3VLForConditionalGeneration(config), seed=2)


def statistics(channels: int) -> dict:
    return dict(
        latents_mean=[0.1 * i - 0.2 for i in range(channels)],
        latents_std=[1.0 + 0.1 * i for i in range(channels)],
    )


def components_1() -> dict[str, object]:
    """What a QwenImagePipeline is made of."""
    tokenizer = make_tokenizer(SENTENCES)
    transformer = QwenImageTransformer2DModel(
        in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=3,
        joint_attention_dim=TEXT_WIDTH, axes_dims_rope=(4, 6, 6),
    )  # fmt: skip
    vae = AutoencoderKLQwenImage(base_dim=8, z_dim=4, num_res_blocks=1, **statistics(4))
    return dict(
        transformer=randomise(transformer, seed=3),
        vae=randomise(vae, seed=4),
        text_encoder=text_encoder_1(tokenizer),
        tokenizer=tokenizer,
        scheduler=FlowMatchEulerDiscreteScheduler(**SCHEDULE_1),
    )


def components_21() -> dict[str, object]:
    """What a QwenImage21Pipeline is made of."""
    tokenizer = make_tokenizer(SENTENCES)
    transformer = QwenImage21Transformer2DModel(
        in_channels=8, out_channels=8, num_layers=2, attention_head_dim=16, num_attention_heads=3,
        context_in_dim=TEXT_WIDTH, mlp_ratio=3, axes_dims_rope=(4, 6, 6), eps=1e-6,
    )  # fmt: skip
    vae = AutoencoderKLQwenImage21(
        base_dim=8, decoder_base_dim=12, z_dim=8, dim_mult=[1, 2, 4, 4, 4], num_res_blocks=1, **statistics(8)
    )
    return dict(
        transformer=randomise(transformer, seed=5),
        vae=randomise(vae, seed=6),
        text_encoder=text_encoder_21(tokenizer),
        processor=TextProcessor(tokenizer),
        scheduler=FlowMatchEulerDiscreteScheduler(**SCHEDULE_21),
    )


def save(components: dict, folder: Path, index: dict, *, shard: str = "5GB") -> Path:
    """Each part in its own folder, beside a model_index.json."""
    for name, component in components.items():
        if isinstance(component, TextProcessor):
            component.tokenizer.save_pretrained(folder / "processor")
        elif isinstance(component, nn.Module):
            component.save_pretrained(folder / name, max_shard_size=shard)
        else:
            component.save_pretrained(folder / name)
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def light_decoder(z_dim: int = 8, channels: int = 4, stages: int = 5) -> nn.Module:
    """One that fits the 2.1 checkpoint; 4, 3, 4 fit that of 1.x."""
    config = LightDecoderConfig(z_dim, channels, widths=(8,) * stages, blocks=(1,) + (0,) * (stages - 1))
    return randomise(LightDecoder(config), seed=7)


def upscaler(channels: int = 4) -> nn.Module:
    return randomise(
        Upscaler(UpscalerConfig(channels, width=8, blocks=1, fine_width=8, fine_blocks=0)), seed=8
    )


def save_part(module: nn.Module, folder: Path) -> Path:
    """A part of our own as it lies beside a model: config.json and one weight file."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(asdict(module.config)))
    save_file(dict(module.state_dict()), folder / "diffusion_pytorch_model.safetensors")
    return folder


def save_lora(path: Path, *, width: int = 48, seed: int = 9) -> Path:
    """An adapter of rank 2 for the first query projection of either checkpoint, under diffusers' names."""
    generator = torch.Generator().manual_seed(seed)
    layer = "transformer.transformer_blocks.0.attn.to_q"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({
        f"{layer}.lora_A.weight": torch.randn(2, width, generator=generator),
        f"{layer}.lora_B.weight": torch.randn(width, 2, generator=generator),
    }, path)  # fmt: skip
    return path
