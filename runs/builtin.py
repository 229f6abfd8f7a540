"""Makes the built-in model, stage by stage; every stage can be run again alone. As it was run for the shipped weights
(the second edition), going on from the first edition's (START, a model folder; its tokenizer.json is copied to WORK):

    python runs/art_pictures.py PICTURES --seconds 112 --workers 25 --seed 21 --shard 128 &
    python runs/builtin.py denoiser WORK PICTURES --start START --wait 108 --seconds 330 &
    python runs/builtin.py decoder WORK PICTURES --start START --pool 60000 --seconds 300
    python runs/builtin.py distil WORK PICTURES --seconds 160
    python runs/builtin_light.py light WORK PICTURES --seconds 140
    python runs/builtin.py pack WORK pawlette/builtin

Without --start a stage begins from nothing, as the first edition did: `tokenizer`, `autoencoder`, then the rest. The
trainers take pictures in as they are drawn. The denoiser goes on from its checkpoint when it is called again. With
--follow it begins on the latents of START's autoencoder, and encodes the pictures anew as soon as WORK has its own.
`draw WORK OUT.png` shows where both stand; `compare` draws the same prompts and seeds by the guided teacher and by the
distilled student.

WORK holds the stages' results: tokenizer.json, autoencoder_*.pt, finer/ (the autoencoder with the decoder trained on),
painter.pt, distilled.pt, the loss curves and `made.json` (settings, seeds, counts, the data's hash, scores).
"""

import argparse
import dataclasses
import hashlib
import json
import random
import shutil
import time
from pathlib import Path

import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig

from pawlette.model.autoencoder21 import Autoencoder21, Autoencoder21Config
from pawlette.model.denoiser21 import Denoiser21Config
from pawlette.model.weights import read, save_compact
from pawlette.train import autoencoder as autoencoder_training
from pawlette.train import denoiser as denoiser_training
from pawlette.train import distil as distillation
from pawlette.train.art.animals import SPECIES
from pawlette.train.captions import caption
from pawlette.train.latents import LatentSet, PictureEncoder, latent_set
from pawlette.train.pictures import PicturePool, captions_path, flatten, shards
from pawlette.train.preview import draw, sheet
from pawlette.train.scenes import sample_scene
from pawlette.words import compose
from pawlette.words import read as read_words

DEVICE = "cuda" if torch.accelerator.is_available() else "cpu"
VOCABULARY = 2048
CAPTION_TOKENS = 40
LATENTS = 64
STEPS, SHIFT = 8, 2.0  # of one forward each: what the shipped folder draws with
TEACHER_STEPS, GUIDANCE = 25, 3.0  # what it was distilled from draws with
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
PROMPTS = [
    "a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot",
    "a fox", "a koala", "a lion", "a cat", "a dog",
    "two pandas under a rainbow", "a bunny in the snow", "a pink elephant", "a sleeping panda", "a giraffe",
    "a panda holding a red balloon", "three foxes on the beach", "a cat wearing a crown", "an owl at night",
    "a penguin",
    "a pig wearing a purple scarf", "a tiger in the forest", "a green parrot", "a bear at a party", "a frog",
    "一只可爱的熊猫", "两只兔子在雪地里", "一只戴着红围巾的粉色大象", "a sticker of a fox", "an octopus under water",
]  # fmt: skip


def note(work: Path, **facts: object) -> None:
    """Add to `made.json`, the record of how these weights came about."""
    path = work / "made.json"
    made = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(made | facts, indent=1, ensure_ascii=False))


def data_hash(pictures: Path) -> str:
    """SHA-256 over the captions of every shard: what was drawn, in order."""
    digest = hashlib.sha256()
    for shard in shards(pictures):
        digest.update(captions_path(shard).read_bytes())
    return digest.hexdigest()


def train_tokenizer(work: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((caption(sample_scene(rng), rng) for _ in range(count)), trainer)
    tokenizer.save(str(work / "tokenizer.json"))
    lengths = sorted(len(tokenizer.encode(caption(sample_scene(rng), rng)).ids) for _ in range(2000))
    print(f"vocabulary {tokenizer.get_vocab_size()}, tokens: median {lengths[1000]}, longest {lengths[-1]}")
    note(work, tokenizer={"captions": count, "seed": seed, "longest": lengths[-1]})


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


def train_autoencoder(
    work: Path, pictures: Path, out: Path, plan: autoencoder_training.Plan, pool_size: int, start: Path | None
) -> None:
    while not shards(pictures):
        time.sleep(1.0)
    pool = PicturePool(pictures, pool_size, DEVICE)
    goes_on = plan.decoder_only or start is not None
    model = load_autoencoder(work, start) if goes_on else blank_autoencoder()
    trainer = autoencoder_training.Trainer(model, pool, plan, DEVICE)
    stage = "decoder" if plan.decoder_only else "autoencoder"
    score = trainer.run(out / f"{stage}.csv")
    print(f"{stage}: {trainer.step} steps, {pool.count} pictures, held-out PSNR {score:.2f} dB")
    model = trainer.averaged()
    half = {key: value.to(torch.bfloat16) for key, value in model.state_dict().items()}
    # A finer decoder gets a folder of its own: whoever encodes meanwhile reads the first one.
    kept = work / "finer" if plan.decoder_only else work
    kept.mkdir(exist_ok=True)
    save_parts(half, "autoencoder", kept, parts=2)
    save_parts(half, "autoencoder", out, parts=2)
    note(
        kept,
        **{
            stage: {
                "steps": trainer.step,
                "pictures": pool.count,
                "psnr_db": round(score, 2),
                "plan": repr(plan),
            }
        },
    )
    with torch.no_grad():
        truth = pool.held_out(12)
        got = model.decode(model.encode(truth)[0])
    white = torch.ones(1, 3, 1, 1, device=DEVICE)
    both = torch.cat([torch.cat([flatten(a[i : i + 6], white) for a in (truth, got)]) for i in (0, 6)])
    sheet([to_picture(one) for one in both], 6, 256).save(out / f"{stage}.png")


def to_picture(rgb: torch.Tensor) -> Image.Image:  # (3, h, w) in [-1, 1]
    return Image.fromarray(((rgb + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy())


def blank_painter() -> denoiser_training.Painter:
    return denoiser_training.Painter(TEXT, DENOISER).to(DEVICE)


def read_painter(folder: Path) -> dict[str, torch.Tensor]:
    """The denoiser and the text tower of a model folder, under the names of a Painter."""
    parts = {"denoiser": "transformer", "text": "text_encoder"}
    return {
        f"{name}.{key}": value.float().to(DEVICE)
        for name, part in parts.items()
        for key, value in read(folder / part).tensors.items()
    }


def encode_pictures(
    work: Path, pictures: Path, tokenizer: Tokenizer, start: Path | None, until: float
) -> LatentSet:
    """The pictures as the denoiser reads them, by WORK's autoencoder or, before there is one, START's."""
    data = latent_set(
        pictures,
        PictureEncoder(load_autoencoder(work, start), DEVICE),
        tokenizer,
        CAPTION_TOKENS,
        until=until,
    )
    torch.save({name: getattr(data, name) for name in data.__slots__}, work / "latents.pt")
    note(work, pictures={"latents": len(data.latents), "captions_sha256": data_hash(pictures)})
    note(work, latents={"mean": data.mean.tolist(), "std": data.std.tolist()})
    return data


def read_latents(work: Path) -> LatentSet:
    return LatentSet(**torch.load(work / "latents.pt", map_location=DEVICE, weights_only=True))


def train_denoiser(
    work: Path,
    pictures: Path,
    out: Path,
    plan: denoiser_training.Plan,
    wait: float,
    start: Path | None,
    follow: bool,
) -> None:
    begun = time.monotonic()
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    painter, kept_path = blank_painter(), work / "painter.pt"
    kept = torch.load(kept_path, map_location=DEVICE, weights_only=True) if kept_path.exists() else None
    if kept is not None:
        painter.load_state_dict(kept["weights"])
        plan = dataclasses.replace(plan, done_before=kept["seconds"])
    elif start is not None:
        painter.load_state_dict(read_painter(start))
    trainer = denoiser_training.Trainer(painter, tokenizer.encode(" ").ids, CAPTION_TOKENS, plan, DEVICE)
    if kept is not None:
        trainer.average.weights, trainer.average.updates = kept["average"], kept["updates"]
    trainer.warm_up()
    print(f"compiled after {time.monotonic() - begun:.0f} s", flush=True)

    def encoded() -> LatentSet:
        data = encode_pictures(work, pictures, tokenizer, start, begun + wait)
        print(f"{len(data.latents)} latents after {time.monotonic() - begun:.0f} s", flush=True)
        return data

    data = read_latents(work) if (work / "latents.pt").exists() else encoded()
    if follow:
        trainer.run(data, work / "denoiser.csv", stop=lambda: has_autoencoder(work))
        del data
        data = encoded()
        trainer.forget()
    trainer.run(data, work / "denoiser.csv")
    done = trainer.plan.done_before
    samples = trainer.step * plan.batch + (kept["samples"] if kept else 0)
    average = trainer.average.weights
    state = {"weights": painter.state_dict(), "average": average, "updates": trainer.average.updates}
    torch.save(state | {"seconds": done, "samples": samples}, kept_path)
    note(work, denoiser={"seconds": done, "samples": samples, "batch": plan.batch, "plan": repr(plan)})
    save_painter(average, out, "teacher_")
    (out / "denoiser.csv").write_bytes((work / "denoiser.csv").read_bytes())
    print(f"denoiser: {samples} samples in {done:.0f} s", flush=True)


def save_painter(weights: dict[str, torch.Tensor], out: Path, prefix: str = "") -> None:
    """As the shipped files are, int8: small enough to carry."""
    for part in ("text", "denoiser"):
        state = {
            key.removeprefix(f"{part}."): value
            for key, value in weights.items()
            if key.startswith(f"{part}.")
        }
        save_compact(state, out / f"{prefix}{part}.safetensors")


def distil(work: Path, pictures: Path, out: Path, plan: distillation.Plan, start: Path | None) -> None:
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    kept_path = work / "painter.pt"
    taught = (
        torch.load(kept_path, map_location=DEVICE, weights_only=True)["average"]
        if start is None
        else read_painter(start)
    )
    teacher, student = blank_painter(), blank_painter()
    teacher.load_state_dict(taught)
    student.load_state_dict(taught)
    has_latents = (work / "latents.pt").exists()
    data = read_latents(work) if has_latents else encode_pictures(work, pictures, tokenizer, start, 0.0)
    distiller = distillation.Distiller(
        teacher, student, tokenizer.encode(" ").ids, CAPTION_TOKENS, plan, DEVICE
    )
    distiller.run(data, out / "distil.csv")
    average = distiller.average.weights
    torch.save({"average": average}, work / "distilled.pt")
    note(work, distil={"steps": distiller.step, "plan": repr(plan)})
    save_painter(average, out)
    (out / "made.json").write_bytes((work / "made.json").read_bytes())
    print(f"distil: {distiller.step} updates of {plan.batch}", flush=True)


def load_painter(work: Path, name: str) -> denoiser_training.Painter:
    painter = blank_painter()
    painter.load_state_dict(torch.load(work / name, map_location=DEVICE, weights_only=True)["average"])
    return painter.eval()


def many(painter, autoencoder, tokenizer, made: dict, prompts, seeds, **settings) -> list[Image.Image]:
    mean, std = (torch.tensor(made["latents"][k]).to(DEVICE) for k in ("mean", "std"))
    pictures = []
    with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=DEVICE == "cuda"):
        for i in range(0, len(prompts), 50):
            pictures += draw(painter, autoencoder, tokenizer, prompts[i : i + 50], seeds[i : i + 50],
                             mean=mean, std=std, shift=SHIFT, **settings)  # fmt: skip
    return pictures


WAYS = {
    "teacher": ("painter.pt", {"steps": TEACHER_STEPS, "guidance": GUIDANCE}),
    "student": ("distilled.pt", {"steps": STEPS, "guidance": 1.0}),
}


def draw_sheet(work: Path, path: Path, way: str) -> None:
    name, settings = WAYS[way]
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    made = json.loads((work / "made.json").read_text())
    prompts = [prompt_text(words) for words in PROMPTS] * 2
    painter, autoencoder = load_painter(work, name), load_autoencoder(finest(work))
    sheet(many(painter, autoencoder, tokenizer, made, prompts, range(len(prompts)), **settings), 10).save(
        path
    )


def prompt_text(words: str) -> str:
    """What the model reads when a person asks for it."""
    return compose(read_words(words), "storybook").text


def compare(work: Path, out: Path, seeds: int) -> None:
    """Each animal by the teacher and by the student, `seeds` pictures of each: OUT/{way}/{animal}/{seed}.webp."""
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    made = json.loads((work / "made.json").read_text())
    autoencoder = load_autoencoder(finest(work))
    wanted = [(animal, seed) for animal in sorted(SPECIES) for seed in range(seeds)]
    prompts = [prompt_text(f"a cute {animal}") for animal, _ in wanted]
    for way, (name, settings) in WAYS.items():
        painter = load_painter(work, name)
        begun = time.monotonic()
        found = many(painter, autoencoder, tokenizer, made, prompts, [seed for _, seed in wanted], **settings)
        print(f"{way}: {len(found)} pictures in {time.monotonic() - begun:.1f} s", flush=True)
        for (animal, seed), picture in zip(wanted, found, strict=True):
            path = out / way / animal / f"{seed}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path, quality=95)


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
        weights = "diffusion_pytorch_model.safetensors"
        shutil.copy(work / part / weights, folder / part / weights)
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
        "name": "pawlette-builtin-2",
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "stage",
        choices=["tokenizer", "autoencoder", "decoder", "denoiser", "distil", "draw", "compare", "pack"],
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("pictures", type=Path, nargs="?")
    parser.add_argument(
        "--out", type=Path, help="where sheets, curves and small checkpoints go (default: WORK)"
    )
    parser.add_argument("--seconds", type=float, default=400.0)
    parser.add_argument("--total", type=float, help="seconds of a run that is cut into several calls")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for pictures")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--pool", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="a model folder whose weights a stage goes on from")
    parser.add_argument("--follow", action="store_true", help="encode anew when WORK has its own autoencoder")
    parser.add_argument("--rate", type=float, help="learning rate")
    args = parser.parse_args()
    out = args.out or args.work
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("high")
    rate = {} if args.rate is None else {"learning_rate": args.rate}
    if args.stage == "tokenizer":
        train_tokenizer(args.work, args.count, args.seed)
    elif args.stage == "autoencoder":
        goes_on = (
            {} if args.start is None else {"learning_rate": 4e-4, "noise": 0.05, "adversarial_from": 0.5}
        )
        plan = autoencoder_training.Plan(
            seconds=args.seconds, batch=args.batch or 48, seed=args.seed, **(goes_on | rate)
        )
        train_autoencoder(args.work, args.pictures, out, plan, args.pool, args.start)
    elif args.stage == "decoder":
        settings = {"learning_rate": 5e-4, "noise": 0.1, "adversarial_from": 0.5} | rate
        plan = autoencoder_training.Plan(
            seconds=args.seconds, batch=args.batch or 48, seed=args.seed + 1, decoder_only=True, **settings
        )
        train_autoencoder(args.work, args.pictures, out, plan, args.pool, args.start)
    elif args.stage == "denoiser":
        plan = denoiser_training.Plan(
            seconds=args.seconds, total_seconds=args.total or args.seconds, batch=args.batch or 512, **rate
        )
        train_denoiser(args.work, args.pictures, out, plan, args.wait, args.start, args.follow)
    elif args.stage == "distil":
        plan = distillation.Plan(
            seconds=args.seconds, steps=STEPS, guidance=GUIDANCE, shift=SHIFT, batch=args.batch or 512, **rate
        )
        distil(args.work, args.pictures, out, plan, args.start)
    elif args.stage == "draw":
        for way in WAYS:
            draw_sheet(args.work, args.pictures.with_stem(f"{args.pictures.stem}_{way}"), way)
    elif args.stage == "compare":
        compare(args.work, args.pictures, args.count)
    else:
        pack(args.work, args.pictures)


if __name__ == "__main__":
    main()
