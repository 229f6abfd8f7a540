"""The sizes of the published models, under the names of their config.json files. Plain data: knows no module.

Where a model's own folder is at hand, its files are read instead.
"""

from collections.abc import Mapping
from typing import Any

ROPE_25 = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
ROPE_3 = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [24, 20, 20], "mrope_interleaved": True}

# generation -> part -> settings
PUBLISHED: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "1.x": {
        "transformer": {
            "patch_size": 2, "in_channels": 64, "out_channels": 16, "num_layers": 60, "attention_head_dim": 128,
            "num_attention_heads": 24, "joint_attention_dim": 3584, "axes_dims_rope": (16, 56, 56),
        },
        "vae": {"base_dim": 96, "z_dim": 16},
        "text_encoder": {
            "vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
            "num_attention_heads": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-6, "rope_parameters": ROPE_25,
        },
    },
    "2.1": {
        "transformer": {
            "in_channels": 64, "out_channels": 64, "num_layers": 32, "attention_head_dim": 128,
            "num_attention_heads": 32, "context_in_dim": 4096, "mlp_ratio": 3, "axes_dims_rope": (16, 56, 56),
            "eps": 1e-6,
        },
        "vae": {"base_dim": 96, "decoder_base_dim": 144, "z_dim": 64, "dim_mult": [1, 2, 4, 8, 8]},
        "text_encoder": {
            "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
            "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "rms_norm_eps": 1e-6,
            "rope_parameters": ROPE_3,
        },
    },
}  # fmt: skip
