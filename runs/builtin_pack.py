"""Lays the results of runs/builtin.py and runs/builtin_light.py out as a model folder: its stage `pack`."""

import dataclasses
import json
import random
import shutil
from pathlib import Path

from builtin_work import AUTOENCODER, CAPTION_TOKENS, DENOISER, SHIFT, STEPS, TEXT, finest, load_autoencoder

from pawlette.model.made_for import keep_made_for
from pawlette.model.weights import FILE_NAMES, save_compact
from pawlette.train.art.animals import SPECIES
from pawlette.train.scenes import sample_scene

NAME = "pawlette-builtin-3"


def write_json(path: Path, record: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def learnt() -> dict[str, list[str]]:
    """What the training scenes showed, slot by slot: counted, not claimed."""
    rng = random.Random(0)
    seen: dict[str, set[str]] = {}
    for _ in range(30_000):
        scene = sample_scene(rng)
        for slot in ("mood", "action", "place", "weather", "season", "time"):
            seen.setdefault(slot, set()).add(getattr(scene, slot) or "")
        seen.setdefault("accessories", set()).update(scene.accessories)
        for creature in scene.creatures:
            seen.setdefault("colour", set()).add(creature.colour or "")
            seen.setdefault("looks", set()).update(creature.looks)
    styles = ["storybook", "sticker"]  # the two whose prompts the captions use
    return {slot: sorted(values - {""}) for slot, values in seen.items()} | {"style": styles}


def pack(work: Path, folder: Path) -> None:
    """Lay the stages' results out as a model folder, int8 on disk."""
    made = json.loads((work / "made.json").read_text())
    statistics = {f"latents_{name}": made["latents"][name] for name in ("mean", "std")}
    write_json(folder / "vae/config.json", {"_class_name": "AutoencoderKLQwenImage21", **AUTOENCODER, **statistics,
                                            "in_channels": 4, "out_channels": 4})  # fmt: skip
    save_compact(
        load_autoencoder(finest(work)).state_dict(), folder / "vae/diffusion_pytorch_model.safetensors"
    )
    config = {"_class_name": "QwenImage21Transformer2DModel", **dataclasses.asdict(DENOISER)}
    write_json(folder / "transformer/config.json", config)
    shutil.copy(work / "denoiser.safetensors", folder / "transformer/diffusion_pytorch_model.safetensors")
    write_json(
        folder / "text_encoder/config.json", TEXT.to_diff_dict() | {"architectures": ["Qwen3VLTextModel"]}
    )
    shutil.copy(work / "text.safetensors", folder / "text_encoder/model.safetensors")
    for part in ("light_decoder", "upscaler"):  # made by runs/builtin_light.py
        (folder / part).mkdir(exist_ok=True)
        shutil.copy(work / part / "config.json", folder / part / "config.json")
        shutil.copy(work / part / FILE_NAMES[0], folder / part / FILE_NAMES[0])
    keep_made_for(folder / "light_decoder", NAME, folder / "vae")
    (folder / "tokenizer").mkdir(exist_ok=True)
    shutil.copy(work / "tokenizer.json", folder / "tokenizer/tokenizer.json")
    scheduler = {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "shift": SHIFT,
    }
    write_json(folder / "scheduler/scheduler_config.json", scheduler)
    settings = {
        "family": "pawlette",
        "name": NAME,
        "species": sorted(SPECIES),
        "size": 256,
        "steps": STEPS,
        "guidance": 1.0,
        "guidable": False,
        "upscaled": 2,
        "licence": "Apache-2.0",
        "longest_text": CAPTION_TOKENS,
        "learnt": learnt(),
    }
    write_json(folder / "pawlette.json", settings)
    print(f"{folder}: {sum(p.stat().st_size for p in folder.rglob('*') if p.is_file()) / 1e6:.1f} MB")
