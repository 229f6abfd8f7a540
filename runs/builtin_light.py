"""Makes what draws the built-in model's pictures quicker and larger: the light decoder and the upscaler.

    python runs/builtin_light.py light WORK PICTURES --seconds 240
    python runs/art_pictures.py PICTURES512 --size 512 --shard 64 --seconds 120 --seed 31
    python runs/builtin_light.py upscaler WORK PICTURES512 --seconds 200

WORK holds the autoencoder as runs/builtin.py keeps it: autoencoder_*.pt, finer/ before WORK itself; --model FOLDER
takes that of a model folder instead. PICTURES and PICTURES512 are shards of runs/art_pictures.py. Each stage writes
to OUT (default: WORK), under its NAME, light_decoder or upscaler:

    NAME/config.json, NAME/diffusion_pytorch_model.safetensors    int8: what ships; the scores are of these weights
    NAME.safetensors                                              the same in bfloat16
    NAME.csv, NAME.json, NAME.png                                 the curve; scores, plan and data hash; a comparison
"""

import argparse
import copy
import json
import time
from dataclasses import asdict
from pathlib import Path

import torch
from builtin_work import DEVICE, finest, has_autoencoder, load_autoencoder
from torch import Tensor

from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.light_decoder import LightDecoder, LightDecoderConfig, save_module
from pawlette.model.upscaler import Upscaler, UpscalerConfig, interpolate, premultiply
from pawlette.model.weights import blank, load_into, save_plain
from pawlette.similarity import psnr
from pawlette.train import light_decoder, upscaler
from pawlette.train.course import Length
from pawlette.train.fidelity import compare, costs
from pawlette.train.latent_bank import LatentBank, encode_pictures
from pawlette.train.pictures import (
    captions_hash,
    channels_last,
    compared,
    on_white,
    shards,
    to_model_range,
)


def read_autoencoder(work: Path, model: Path | None) -> Autoencoder21:
    """In float32, from a model folder's vae/ or from the checkpoint in WORK."""
    if model is None:
        if not has_autoencoder(finest(work)):
            raise SystemExit(
                f"{work} holds no autoencoder_*.pt; give --model FOLDER, or run runs/builtin.py first"
            )
        return channels_last(load_autoencoder(finest(work))).requires_grad_(False)
    made = blank(Autoencoder21, Autoencoder21Config, model / "vae")
    return channels_last(load_into(made, model / "vae", dtype=torch.float32, device=DEVICE))


def wait_for(pictures: Path, shard_count: int = 1) -> None:
    while len(shards(pictures)) < shard_count:
        time.sleep(1.0)


def keep(model: LightDecoder | Upscaler, out: Path, name: str) -> None:
    save_module(model, out / name, compact=True)
    save_plain(model.state_dict(), out / f"{name}.safetensors")


def write_scores(out: Path, name: str, record: dict) -> None:
    size = (out / name / "diffusion_pytorch_model.safetensors").stat().st_size
    record = {"bytes_int8": size, "torch": torch.__version__, **record}
    (out / f"{name}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps({key: record[key] for key in record if key not in ("plan", "config")}), flush=True)


def make_light(work: Path, pictures: Path, out: Path, args: argparse.Namespace) -> None:
    wait_for(pictures)
    teacher = read_autoencoder(work, args.model)
    begun = time.monotonic()
    latents = encode_pictures(pictures, teacher, 4, DEVICE, most=args.pool)
    print(f"{len(latents)} latents of {pictures} in {time.monotonic() - begun:.0f} s", flush=True)
    bank = LatentBank(latents, noise=0.1)
    student = LightDecoder(LightDecoderConfig())
    student.expect(*(one.cpu() for one in bank.statistics()))
    rate = {} if args.rate is None else {"learning_rate": args.rate}
    length = Length(args.seconds, args.steps)
    plan = light_decoder.Plan(length, batch=args.batch or 32, seed=args.seed, **rate)
    trainer = light_decoder.Trainer(student, teacher, bank, plan, DEVICE)
    state = work / "light_decoder_state.safetensors"
    if args.resume and state.exists():
        trainer.course.resume(state)
    trainer.run(out / "light_decoder.csv", state=state)
    keep(trainer.averaged(), out, "light_decoder")
    shipped = LightDecoder.load(out / "light_decoder", device=DEVICE)
    record, got, wanted = compare(shipped.decode, teacher.decode, bank.held_out(), trainer.features, DEVICE)
    record["against_pictures"] = against_pictures(pictures, got, wanted)
    record["drawing"] = drawing_costs(teacher, shipped, bank.held_out())
    record |= {"steps": trainer.course.step, "latents": len(latents)}
    write_scores(out, "light_decoder", record | made(args, pictures, plan, shipped))
    compared([on_white(one)[:16:2] for one in (wanted, got)]).save(out / "light_decoder.png")


def against_pictures(pictures: Path, light: Tensor, full: Tensor) -> dict[str, float]:
    """PSNR of both decoders against the drawn pictures themselves: every second latent is a mirrored one."""
    import numpy as np

    first = np.load(shards(pictures)[0], mmap_mode="r")[: len(light) // 2]
    count = len(first)
    truth = on_white(to_model_range(torch.from_numpy(np.array(first)).to(light.device)))
    kinds = {"full": full, "light": light}
    return {
        f"{name}_psnr_db": round(psnr(on_white(one[::2][:count]), truth), 3) for name, one in kinds.items()
    }


def drawing_costs(teacher: Autoencoder21, light: LightDecoder, latents: Tensor) -> dict:
    """What both cost as they are drawn with: bfloat16 on a GPU, and float32 on the CPU with two threads."""
    found: dict = {}
    if DEVICE == "cuda":
        half = {"full": copy.deepcopy(teacher).bfloat16(), "light": copy.deepcopy(light).bfloat16()}
        decoders = {name: model.decode for name, model in half.items()}
        for count in (1, 8):
            cost = costs(decoders, latents[:1].expand(count, -1, -1, -1).bfloat16(), DEVICE, repeats=21)
            found[f"gpu_bfloat16_batch_{count}"] = cost | {"times_faster": times_faster(cost)}
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    decoders = {"full": copy.deepcopy(teacher).cpu().decode, "light": copy.deepcopy(light).cpu().decode}
    cost = costs(decoders, latents[:1].cpu(), "cpu", repeats=9)
    torch.set_num_threads(threads)
    return found | {"cpu_2_threads": cost | {"times_faster": times_faster(cost)}}


def times_faster(cost: dict[str, dict[str, float]]) -> float:
    return round(cost["full"]["seconds"] / cost["light"]["seconds"], 2)


def make_upscaler(work: Path, pictures: Path, out: Path, args: argparse.Namespace) -> None:
    wait_for(pictures)
    autoencoder = read_autoencoder(work, args.model)
    pool = upscaler.LargePictures(pictures, args.pool, DEVICE)
    print(f"{pool.refresh()} large pictures", flush=True)
    rate = {} if args.rate is None else {"learning_rate": args.rate}
    length = Length(args.seconds, args.steps)
    plan = upscaler.Plan(length, batch=args.batch or 12, seed=args.seed, **rate)
    trainer = upscaler.Trainer(Upscaler(UpscalerConfig()), autoencoder, pool, plan, DEVICE)
    state = work / "upscaler_state.safetensors"
    if args.resume and state.exists():
        trainer.course.resume(state)
    trainer.run(out / "upscaler.csv", state=state)
    keep(trainer.averaged(), out, "upscaler")
    shipped = Upscaler.load(out / "upscaler", device=DEVICE)
    scores, shown = upscaler.evaluate(shipped, autoencoder, pool.held_out(min(upscaler.HELD_OUT, pool.count)))
    small = torch.rand(1, 4, 256, 256, device=DEVICE) * 2 - 1
    cost = costs({"bicubic": lambda x: interpolate(premultiply(x)), "upscaler": shipped}, small, DEVICE)
    record: dict = {"against_pictures": scores, "cost": cost, "device": DEVICE, "steps": trainer.course.step}
    write_scores(out, "upscaler", record | made(args, pictures, plan, shipped))
    compared([one[:4] for one in shown]).save(out / "upscaler.png")


def made(args: argparse.Namespace, pictures: Path, plan: object, model: LightDecoder | Upscaler) -> dict:
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"parameters": parameters, "config": asdict(model.config), "plan": repr(plan), "seed": args.seed,
            "captions_sha256": captions_hash(pictures)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=["light", "upscaler"])
    parser.add_argument("work", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, help="where everything goes (default: WORK)")
    parser.add_argument(
        "--model", type=Path, help="a model folder whose autoencoder is used, such as pawlette/builtin"
    )
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float, help="learning rate")
    parser.add_argument("--pool", type=int, default=12_000, help="at most so many pictures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the state in WORK")
    args = parser.parse_args()
    if args.seconds is None and args.steps is None:
        args.seconds = 240.0
    out = args.out or args.work
    for folder in (args.work, out):
        folder.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("high")
    stages = {"light": make_light, "upscaler": make_upscaler}
    stages[args.stage](args.work, args.pictures, out, args)


if __name__ == "__main__":
    main()
