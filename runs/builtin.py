"""Makes the built-in model, stage by stage; every stage can be run again alone. As it was run for the shipped weights
(the third edition), going on from the second edition's (START, a model folder; its tokenizer.json is copied to WORK);
seconds, seeds and counts of every stage stand in docs/training/made3.json:

    python runs/art_pictures.py PICTURES --seconds SECONDS --workers 26 --seed 22 --shard 128 &     55,101 pictures
    python runs/builtin.py autoencoder WORK PICTURES --start START --seconds 220 &      on one GPU, then there
    python runs/builtin.py decoder WORK PICTURES --seconds 520
    python runs/builtin.py denoiser WORK PICTURES --start START --follow --seconds 1000     on another, beside them
    python runs/builtin_finish.py OTHER --teacher TEACHER --art ART                      TEACHER: WORK as a model folder
    then OTHER/packed is pawlette/builtin

Without --start a stage begins from nothing, as the first edition did: `tokenizer`, `autoencoder`, then the rest. The
trainers take pictures in as they are drawn. The denoiser goes on from its checkpoint when it is called again. With
--follow it begins on the latents of START's autoencoder, and encodes the pictures anew as soon as WORK has its own.
`unpack WORK FOLDER` lays a model folder's parts out as such checkpoints, and `runs/builtin_finish.py` does all that
follows a trained teacher, on one GPU or two, in one go.
`draw WORK OUT.png` shows where both stand; `compare` draws the same prompts and seeds by the guided teacher and by the
distilled student.

WORK holds the stages' results: tokenizer.json, autoencoder_*.pt, finer/ (the autoencoder with the decoder trained on),
painter.pt, distilled.pt, the loss curves and `made.json` (settings, seeds, counts, the data's hash, scores).
"""

import argparse
import copy
import dataclasses
import random
import time
from pathlib import Path

import torch
from builtin_pack import pack
from builtin_work import (
    CAPTION_TOKENS,
    DEVICE,
    SHIFT,
    STEPS,
    VOCABULARY,
    blank_autoencoder,
    blank_painter,
    finest,
    has_autoencoder,
    load_autoencoder,
    load_painter,
    made_in,
    note,
    read_latents,
    save_parts,
    start_painter,
    unpack,
)
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from pawlette.model.weights import save_compact
from pawlette.train import autoencoder as autoencoder_training
from pawlette.train import denoiser as denoiser_training
from pawlette.train import distil as distillation
from pawlette.train.art.animals import SPECIES
from pawlette.train.captions import caption
from pawlette.train.latents import LatentSet, PictureEncoder, latent_set
from pawlette.train.pictures import PicturePool, captions_hash, compared, on_white, shards
from pawlette.train.preview import draw, sheet
from pawlette.train.scenes import sample_scene
from pawlette.words import compose
from pawlette.words import read as read_words

TEACHER_STEPS, GUIDANCE = 25, 3.0  # of what the shipped denoiser is distilled from
PROMPTS = [
    "a cute panda", "a smiling dolphin", "a fluffy bunny", "a baby elephant", "a colorful parrot",
    "a fox", "a koala", "a lion", "a cat", "a dog",
    "two pandas under a rainbow", "a bunny in the snow", "a pink elephant", "a sleeping panda", "a giraffe",
    "a panda holding a red balloon", "three foxes on the beach", "a cat wearing a crown", "an owl at night",
    "a penguin",
    "a pig wearing a purple scarf", "a tiger in the forest", "a green parrot", "a bear at a party", "a frog",
    "一只可爱的熊猫", "两只兔子在雪地里", "一只戴着红围巾的粉色大象", "a sticker of a fox", "an octopus under water",
]  # fmt: skip


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
    rows = [on_white(kind)[i : i + 6] for i in (0, 6) for kind in (truth, got)]
    compared(rows).save(out / f"{stage}.png")


def encode_pictures(
    work: Path,
    pictures: Path,
    tokenizer: Tokenizer,
    start: Path | None,
    until: float,
    statistics: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> LatentSet:
    """The pictures as the denoiser reads them, by WORK's autoencoder or, before there is one, START's."""
    data = latent_set(
        pictures,
        PictureEncoder(load_autoencoder(work, start), DEVICE),
        tokenizer,
        CAPTION_TOKENS,
        until=until,
        statistics=statistics,
    )
    torch.save({name: getattr(data, name) for name in data.__slots__}, work / "latents.pt")
    note(work, pictures={"latents": len(data.latents), "captions_sha256": captions_hash(pictures)})
    note(work, latents={"mean": data.mean.tolist(), "std": data.std.tolist()})
    return data


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
        painter = start_painter(start)
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
    teacher = load_painter(work, "painter.pt") if start is None else start_painter(start)
    student = copy.deepcopy(teacher).train()
    if (work / "latents.pt").exists():
        data = read_latents(work)
    else:
        data = encode_pictures(work, pictures, tokenizer, start, 0.0, learnt_statistics(work))
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


def learnt_statistics(work: Path) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Of the latents that WORK's denoiser knows: mean and deviation of each channel."""
    kept = made_in(work).get("latents")
    return (
        None
        if kept is None
        else (torch.tensor(kept["mean"]).to(DEVICE), torch.tensor(kept["std"]).to(DEVICE))
    )


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
    made = made_in(work)
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
    made = made_in(work)
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "stage",
        choices=[
            "tokenizer",
            "autoencoder",
            "decoder",
            "denoiser",
            "distil",
            "draw",
            "compare",
            "unpack",
            "pack",
        ],
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
            seconds=args.seconds, total_seconds=args.total or args.seconds, batch=args.batch or 512,
            seed=args.seed, **rate,
        )  # fmt: skip
        train_denoiser(args.work, args.pictures, out, plan, args.wait, args.start, args.follow)
    elif args.stage == "distil":
        plan = distillation.Plan(
            seconds=args.seconds, steps=STEPS, guidance=GUIDANCE, shift=SHIFT, batch=args.batch or 512,
            seed=args.seed, **rate,
        )  # fmt: skip
        distil(args.work, args.pictures, out, plan, args.start)
    elif args.stage == "draw":
        for way in WAYS:
            draw_sheet(args.work, args.pictures.with_stem(f"{args.pictures.stem}_{way}"), way)
    elif args.stage == "compare":
        compare(args.work, args.pictures, args.count)
    elif args.stage == "unpack":
        unpack(args.pictures, args.work)
    else:
        pack(args.work, args.pictures)


if __name__ == "__main__":
    main()
