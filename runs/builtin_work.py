"""What the stages of runs/builtin.py, builtin_light.py and builtin_pack.py share: the built-in model's sizes, and where
its checkpoints lie in WORK."""

import json
import shutil
from pathlib import Path

import torch
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig

from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.denoiser21 import Denoiser21Config
from pawlette.model.weights import read
from pawlette.train.denoiser import Painter
from pawlette.train.latents import LatentSet

DEVICE = "cuda" if torch.accelerator.is_available() else "cpu"
VOCABULARY = 2048
CAPTION_TOKENS = 40
LATENTS = 64
STEPS, SHIFT = 8, 2.0  # of one forward each: what the shipped folder draws with
AUTOENCODER = dict(
    base_dim=32,
    decoder_base_dim=40,
    z_dim=LATENTS,
    dim_mult=(1, 2, 4, 4, 4),
    num_res_blocks=2,
    # A still has no time to halve: without these the shipped file holds no weight that never runs.
    temperal_downsample=(False, False, False, False),
)
DENOISER = Denoiser21Config(
    in_channels=LATENTS,
    out_channels=LATENTS,
    num_layers=12,
    attention_head_dim=64,
    num_attention_heads=6,
    context_in_dim=256,
    mlp_ratio=3,
    axes_dims_rope=(16, 24, 24),
)
TEXT = Qwen3VLTextConfig(
    vocab_size=VOCABULARY,
    hidden_size=256,
    intermediate_size=768,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=64,
    max_position_embeddings=512,
    rope_parameters={
        "rope_type": "default",
        "rope_theta": 10000.0,
        "mrope_section": [12, 10, 10],
        "mrope_interleaved": True,
    },
)


def note(work: Path, **facts: object) -> None:
    """Add to `made.json`, the record of how these weights came about."""
    (work / "made.json").write_text(json.dumps(made_in(work) | facts, indent=1, ensure_ascii=False))


def save_parts(tensors: dict[str, torch.Tensor], name: str, folder: Path, parts: int) -> None:
    """Write `NAME_0.pt` …: files small enough to carry."""
    keys = sorted(tensors)
    for part in range(parts):
        path = folder / f"{name}_{part}.pt"
        torch.save({key: tensors[key] for key in keys[part::parts]}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)  # whoever waits for it finds it whole


def load_parts(name: str, folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for part in sorted(folder.glob(f"{name}_*.pt")):
        found |= torch.load(part, map_location=DEVICE, weights_only=True)
    return found


def has_autoencoder(work: Path) -> bool:
    return (work / "autoencoder_1.pt").exists()


def blank_autoencoder() -> Autoencoder21:
    config = Autoencoder21Config(**AUTOENCODER, latents_mean=(0.0,) * LATENTS, latents_std=(1.0,) * LATENTS)
    return Autoencoder21(config).to(DEVICE).eval()


def finest(work: Path) -> Path:
    """Where the autoencoder that ships lies: the one whose decoder was trained on, if there is one."""
    return work / "finer" if (work / "finer").exists() else work


def load_autoencoder(work: Path, start: Path | None = None) -> Autoencoder21:
    """The checkpoint in WORK; where there is none yet, the autoencoder of the model folder `start`."""
    model, kept = blank_autoencoder(), load_parts("autoencoder", work)
    if not kept and start is not None:
        kept = read(start / "vae").tensors
    model.load_state_dict({key: value.float() for key, value in kept.items()})
    return model


def blank_painter() -> Painter:
    return Painter(TEXT, DENOISER).to(DEVICE)


def start_painter(folder: Path) -> Painter:
    """The denoiser and the text tower of a model folder."""
    painter = blank_painter()
    parts = {"denoiser": "transformer", "text": "text_encoder"}
    painter.load_state_dict(
        {
            f"{name}.{key}": value.float()
            for name, part in parts.items()
            for key, value in read(folder / part).tensors.items()
        }
    )
    return painter


def made_in(work: Path) -> dict:
    """What `note` wrote so far."""
    path = work / "made.json"
    return json.loads(path.read_text()) if path.exists() else {}


def unpack(folder: Path, work: Path) -> None:
    """A model folder's parts as checkpoints in WORK, so that every stage can go on from there.

    Its denoiser becomes the teacher (painter.pt), its autoencoder the finest; made.json, where the folder has one,
    says how they came about and with which statistics of the latents.
    """
    shutil.copy(folder / "tokenizer/tokenizer.json", work / "tokenizer.json")
    weights = start_painter(folder).state_dict()
    torch.save(
        {"weights": weights, "average": weights, "updates": 0, "seconds": 0.0, "samples": 0},
        work / "painter.pt",
    )
    config = json.loads((folder / "vae/config.json").read_text())
    latents = {name: config[f"latents_{name}"] for name in ("mean", "std")}
    half = {key: value.to(torch.bfloat16) for key, value in read(folder / "vae").tensors.items()}
    save_parts(half, "autoencoder", work, parts=2)
    note(work, **(made_in(folder) | {"latents": latents}))


def read_latents(work: Path) -> LatentSet:
    return LatentSet(**torch.load(work / "latents.pt", map_location=DEVICE, weights_only=True))


def load_painter(work: Path, name: str) -> Painter:
    painter = blank_painter()
    painter.load_state_dict(torch.load(work / name, map_location=DEVICE, weights_only=True)["average"])
    return painter.eval()
