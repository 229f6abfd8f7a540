"""A stock Qwen-Image workflow in the API format, small enough for the built-in model's gate."""

from typing import Any


def stock(text: str = "a smiling panda", negative: str = "", **changes: Any) -> dict[str, Any]:
    """`changes`: node id with an underscore before it -> inputs that are set there; None takes one away."""
    nodes = {
        "1": ("UNETLoader", {"unet_name": "qwen_image_bf16.safetensors", "weight_dtype": "default"}),
        "2": ("CLIPLoader", {"clip_name": "qwen_2.5_vl_7b.safetensors", "type": "qwen_image"}),
        "3": ("VAELoader", {"vae_name": "qwen_image_vae.safetensors"}),
        "4": ("ModelSamplingAuraFlow", {"model": ["1", 0], "shift": 3.1}),
        "5": ("CLIPTextEncode", {"clip": ["2", 0], "text": text}),
        "6": ("CLIPTextEncode", {"clip": ["2", 0], "text": negative}),
        "7": ("EmptySD3LatentImage", {"width": 256, "height": 256, "batch_size": 1}),
        "8": (
            "KSampler",
            {
                "model": ["4", 0], "seed": 5, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple",
                "positive": ["5", 0], "negative": ["6", 0], "latent_image": ["7", 0], "denoise": 1.0,
            },
        ),
        "9": ("VAEDecode", {"samples": ["8", 0], "vae": ["3", 0]}),
        "10": ("SaveImage", {"images": ["9", 0], "filename_prefix": "cute"}),
    }  # fmt: skip
    workflow: dict[str, Any] = {
        id: {"class_type": kind, "inputs": dict(inputs), "_meta": {"title": kind}}
        for id, (kind, inputs) in nodes.items()
    }
    for id, inputs in changes.items():
        for name, value in inputs.items():
            workflow[id.removeprefix("_")]["inputs"][name] = value
            if value is None:
                del workflow[id.removeprefix("_")]["inputs"][name]
    return workflow
