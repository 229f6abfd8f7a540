"""From a model folder to the folder of its light decoder: teacher latents, distillation, scores.

What `pawlette train decoder` does. Knows no options of a command; the latents are a folder's, or drawn here from words.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import efficientnet_lite_pytorch  # noqa: F401  the trainer reads it: missed now, not after an hour of drawing
import torch
from PIL import Image
from torch import Tensor

from pawlette.errors import BadJob, CannotSave, Refused, UnknownAnimal
from pawlette.files import check_folder, find_any, write_whole
from pawlette.job import Job
from pawlette.model import fingerprint
from pawlette.model.folders import read_json
from pawlette.model.generations import GENERATIONS
from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig, save_module
from pawlette.model.made_for import keep_made_for
from pawlette.model.weights import FILE_NAMES, blank, load_into
from pawlette.studio import Studio
from pawlette.train.captions import english_caption
from pawlette.train.course import Length
from pawlette.train.fidelity import compare
from pawlette.train.identity import check_same
from pawlette.train.latent_bank import LatentBank, drawn_latents, read_latents, save_latents
from pawlette.train.light_decoder import Plan, Trainer
from pawlette.train.pictures import compared, on_white
from pawlette.train.scenes import sample_scene

STATE, CURVE, SCORES = "state.safetensors", "curve.csv", "scores.json"
ORIGIN = "drawn_with.json"  # among the latents
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the light decoder of one model is made from, and how."""

    out: Path
    length: Length
    latents: Path | None = None  # a folder of raw latents; None: draw them
    prompts: int = 200  # pictures drawn where no latents are given
    batch: int = 16
    width: float = 1.0  # widens the decoder
    seed: int = 0
    device: str = "cpu"
    resume: bool = False


def make_light_decoder(studio: Studio, wish: Wish, say: Say) -> dict[str, object]:
    """Write config.json, weights, curve and scores.json into `wish.out`; gives the scores."""
    check_folder(wish.out)
    state = wish.out / STATE
    if not wish.resume and (there := find_any(wish.out, (STATE, "config.json", *FILE_NAMES))):
        raise CannotSave(f"{there} is there already; go on with --resume, or name another folder")
    folder = wish.latents or wish.out / "latents"
    teacher: Any = (
        read_autoencoder(studio, wish.device) if wish.latents else draw_teacher_latents(studio, wish, say)
    )
    z_dim = int(teacher.config.z_dim)
    bank = LatentBank(read_latents(folder, z_dim, wish.device), noise=0.05)
    family = studio.family
    config = LightDecoderConfig.fitting(z_dim, family.channels, family.pixels_per_latent, wish.width)
    torch.manual_seed(wish.seed)
    student = LightDecoder(config)
    student.expect(*(one.cpu() for one in bank.statistics()))
    plan = Plan(wish.length, batch=wish.batch, seed=wish.seed)
    trainer = Trainer(student, teacher, bank, plan, wish.device)
    trainer.course.identity |= {
        "model": family.name,
        "weights of the full decoder": fingerprint.of_weights(studio.folder / "vae"),
        "latents": _digest(bank.latents),
    }
    if wish.resume and state.exists():
        trainer.course.resume(state)
        say(f"going on from step {trainer.course.step}")
    trainer.run(wish.out / CURVE, state=state, say=say)
    return _keep(studio, trainer, teacher, wish)


def _keep(studio: Studio, trainer: Trainer, teacher: Any, wish: Wish) -> dict[str, object]:
    """Write the decoder, whose it is, and the scores of what was written."""
    keep_made_for(wish.out, studio.family.name, studio.folder / "vae")
    save_module(trainer.averaged(), wish.out, compact=False)
    light = LightDecoder.load(wish.out, device=wish.device)
    held_out = trainer.bank.held_out()[:16]
    found, got, wanted = compare(light.decode, teacher.decode, held_out, trainer.features, wish.device)
    record = found | {
        "steps": trainer.course.step, "seconds": round(trainer.course.elapsed, 1), "seed": wish.seed,
        "parameters": sum(one.numel() for one in light.parameters()), "plan": repr(trainer.plan),
        "latents": len(trainer.bank.latents),
    }  # fmt: skip
    write_whole(wish.out / SCORES, (json.dumps(record, indent=1) + "\n").encode())
    _sheet(wanted[:4], got[:4]).save(wish.out / "comparison.png")
    return record


def _sheet(full: Tensor, light: Tensor) -> Image.Image:
    """Pictures of the full decoder above those of the light one, at most 256 pixels on a side each."""
    sheet = compared([on_white(full), on_white(light)])
    sheet.thumbnail((256 * len(full), 512))
    return sheet


def read_autoencoder(studio: Studio, device: str) -> Any:
    """The full autoencoder alone, in float32: with latents at hand nothing else is read."""
    generation, folder = GENERATIONS[studio.family.generation], studio.folder / "vae"
    made: Any = blank(generation.autoencoder, generation.autoencoder_config, folder)
    return load_into(
        made, folder, dtype=torch.float32, device=device,
        adapt=lambda weights: generation.adapt(made.config, weights),
    )  # fmt: skip


def _digest(latents: Tensor) -> str:
    """Of every number, in order."""
    return hashlib.sha256(latents.cpu().contiguous().view(torch.uint8).numpy().data).hexdigest()[:16]


def draw_teacher_latents(studio: Studio, wish: Wish, say: Say) -> Any:
    """Draw `wish.prompts` pictures up to the decoder into OUT/latents, unless they lie there; gives the autoencoder."""
    folder = wish.out / "latents"
    _keep_origin(folder, studio, wish)
    model: Any = studio.load()
    for number, job in enumerate(jobs(studio, wish.prompts, wish.seed)):
        path = folder / f"{number:06}.safetensors"
        if not path.exists():
            save_latents(drawn_latents(model, job), path)
        if (number + 1) % 25 == 0:
            say(f"{number + 1} of {wish.prompts} latents drawn")
    return model.autoencoder.float()


def _keep_origin(folder: Path, studio: Studio, wish: Wish) -> None:
    """What the folder's latents are drawn with; raises BadJob where an earlier run began it with something else."""
    now = {
        "model": studio.family.name,
        "weights": fingerprint.of_model(studio.folder),
        "prompts": wish.prompts,
        "seed": wish.seed,
    }
    path = folder / ORIGIN
    if path.exists():
        check_same(folder, read_json(path), now)
    elif folder.is_dir() and any(folder.iterdir()):
        raise BadJob(
            f"{folder} does not say what its latents were drawn with; take them as --latents {folder}"
        )
    write_whole(path, (json.dumps(now, indent=1) + "\n").encode())


def jobs(studio: Studio, count: int, seed: int) -> Iterator[Job]:
    """Jobs of made-up scenes that this model can draw, the same for the same seed."""
    rng = random.Random(seed)
    found = 0
    for tried in range(20 * count):
        text = english_caption(sample_scene(rng), rng)
        try:
            job = studio.accept(text, seed=seed * 1_000_000 + tried).job
        except (Refused, UnknownAnimal):
            continue
        yield job
        found += 1
        if found == count:
            return
    raise BadJob(
        f"only {found} of {count} made-up scenes can be drawn by {studio.family.name}; give --latents"
    )
