"""Makes the two judges of `pawlette bench art`, and the reference figures of the generator's own pictures.

    python runs/judge.py pack NPM_FOLDER ART            the emoji art as a folder of a few MB that travels
    python runs/judge.py train ART PICTURES OUT --seconds 180 --workers 24
    python runs/judge.py reference PICTURES HELD OUT --judges OUT    some minutes on one core, no GPU

PICTURES holds shards of `runs/art_pictures.py`. OUT gets taught.safetensors (learnt from the generator's pictures,
Fluent and Noto), stranger.safetensors (Fluent and Noto alone: it never saw our art) and judge.json, with their
accuracy on art that neither ever saw: families under CC-BY, and pictures of the generator set aside. The judges go
to pawlette/bench/. `reference` writes what goes there beside them: art_reference.safetensors, what training pictures
look like, and art_reference.json, the scores of pictures that the generator draws of the benchmark's own prompts.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from pawlette.bench.art import DESCRIPTIONS
from pawlette.bench.art_pack import Scenes, Shelves, pack, scene_makers, unpack, waiting
from pawlette.bench.art_prompts import Wish, quick, wishes
from pawlette.bench.art_report import as_markdown
from pawlette.bench.art_scores import Jury, open_drawn, score
from pawlette.bench.backdrops import place, plain
from pawlette.bench.emoji_art import FAMILIES, Art, read_family
from pawlette.bench.judge import Judge, Reader, shipped
from pawlette.bench.judge_training import Plan, Pool, on_animals, on_kinds, on_slots, teach
from pawlette.bench.likeness import Describer, Known
from pawlette.bench.slots import SLOTS, kinds_of, labels_of, scene_from
from pawlette.train.art.compose import draw_scene
from pawlette.words import read

HELD_OUT = "twemoji"  # the family whose figure stands for a judge's own accuracy
SHARE_OF_TAUGHT = 0.6  # of the time; the rest is the stranger's


@dataclass
class Aside:
    """Pictures of the generator that are only measured on, with what they show."""

    most: int
    pictures: list[Image.Image] = field(default_factory=list)
    said: list[dict[str, str]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def add(self, pictures: Any, notes: Sequence[Mapping[str, Any]]) -> None:
        for picture, note in zip(pictures, notes, strict=False):
            if len(self.pictures) < self.most:
                scene = scene_from(note["scene"])
                self.pictures.append(Image.fromarray(np.asarray(picture)))
                self.said.append(labels_of(scene))
                self.kinds.append(kinds_of(scene) if len(scene.creatures) == 2 else "")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="make the folder of emoji art")
    packing.add_argument("packages", type=Path, help="folder of the unpacked npm packages")
    packing.add_argument("out", type=Path)
    packing.add_argument("--frames", type=int, default=3, help="of an animated drawing")
    training = commands.add_parser("train", help="make both judges")
    training.add_argument("art", type=Path)
    training.add_argument("pictures", type=Path)
    training.add_argument("out", type=Path)
    training.add_argument("--seconds", type=float, default=180, help="for both, without measuring them")
    training.add_argument("--workers", type=int, default=8, help="processes that make scenes")
    training.add_argument("--device", default="cuda")
    training.add_argument(
        "--held", type=Path, help="shards to measure on; else some of PICTURES are set aside"
    )
    training.add_argument(
        "--most-pictures", type=int, default=40000, help="of the generator's, on the device"
    )
    training.add_argument("--most-scenes", type=int, default=20000, help="of the emoji art, on the device")
    training.add_argument(
        "--measured", type=int, default=3000, help="pictures of the generator to measure on"
    )
    training.add_argument("--batch", type=int, default=256)
    training.add_argument("--most-steps", type=int, help="stop earlier: for trying out")
    training.add_argument("--seed", type=int, default=0)
    reference = commands.add_parser(
        "reference", help="score the generator's own pictures of the same prompts"
    )
    reference.add_argument("pictures", type=Path, help="shards of the training pictures")
    reference.add_argument("held", type=Path, help="shards of pictures that were never trained on")
    reference.add_argument("out", type=Path)
    reference.add_argument("--judges", type=Path, help="folder of both judges; else those that ship")
    reference.add_argument("--seeds", type=int, default=5)
    reference.add_argument("--described", type=int, default=3000, help="pictures of each kind")
    reference.add_argument("--device", default="cpu")
    reference.add_argument("--quick", action="store_true", help="a few pictures: for trying out")
    options = parser.parse_args()
    {"pack": _pack, "train": _train, "reference": _reference}[options.command](options)


# ---- pack ----


def _pack(options: argparse.Namespace) -> None:
    art = (
        one
        for family in FAMILIES
        for package in family.packages
        for one in read_family(family, _folder(package, options.packages), frames=options.frames)
    )
    count = pack(art, options.out)
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(json.dumps({"drawings": count, "bytes": size}))


def _folder(package: str, packages: Path) -> Path:
    return packages / package.removeprefix("@").replace("/", "-").replace("@", "-") / "package"


# ---- train ----


def _train(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    torch.backends.cudnn.benchmark = True
    device, art = torch.device(options.device), unpack(options.art)
    shelves = Shelves(art)
    started = time.monotonic()
    ours, aside = _load_pictures(options, device)
    print(f"{len(ours)} pictures of the generator, {time.monotonic() - started:.0f} s", flush=True)
    emoji = {"taught": Pool(SLOTS, options.most_scenes, device),
             "stranger": Pool({"animal": shelves.animals}, options.most_scenes, device)}  # fmt: skip
    figures: dict[str, Any] = {
        "plan": {k: str(v) for k, v in vars(options).items()},
        "torch": torch.__version__,
    }
    with scene_makers(options.art, workers=options.workers, seed=options.seed) as parcels:
        feed = partial(_feed, parcels, tuple(emoji.values()))
        while not all(len(pool) for pool in emoji.values()):
            time.sleep(0.05)
            feed()
        for name, pools, share in (
            ("taught", (ours, emoji["taught"]), SHARE_OF_TAUGHT),
            ("stranger", (emoji["stranger"],), 1 - SHARE_OF_TAUGHT),
        ):
            plan = Plan(
                options.seconds * share, options.batch, most_steps=options.most_steps, seed=options.seed
            )
            judge = teach(Judge(pools[-1].slots, pretrained=True), pools, plan, device, feed)
            Reader(judge).save(options.out / f"{name}.safetensors")
            print(f"{name}: saved; {pools[-1].seen} scenes were made so far", flush=True)
    print("measuring", flush=True)
    shown = _drawings(art, options.workers)
    for name in emoji:  # measured as it will be used: with the weights of its file
        figures[name] = _measured(options.out / f"{name}.safetensors", device, shown, aside)
    (options.out / "judge.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    _print(figures)


def _feed(parcels: Queue[Scenes], pools: Sequence[Pool]) -> None:
    for pictures, animals in waiting(parcels, at_most=4):
        for pool in pools:
            said = [{"animal": animal} for animal in animals]
            pool.add(torch.from_numpy(pictures), said, [[animal] for animal in animals])


def _load_pictures(options: argparse.Namespace, device: torch.device) -> tuple[Pool, Aside]:
    """The generator's pictures in a pool, and those set aside with what they show."""
    shards = list(_shards(options.pictures))
    total = sum(len(notes) for _, notes in shards)
    pool = Pool(SLOTS, min(options.most_pictures, total), device)
    aside = Aside(options.measured)
    for path, notes in _shards(options.held) if options.held else ():
        aside.add(np.load(path, mmap_mode="r"), notes)
    for path, notes in shards:
        pictures = np.load(path)
        kept = len(notes)
        if not options.held:
            kept -= max(1, len(notes) // 12)
            aside.add(pictures[kept:], notes[kept:])
        scenes = [scene_from(note["scene"]) for note in notes[:kept]]
        there = [[creature.animal for creature in scene.creatures] for scene in scenes]
        pool.add(torch.from_numpy(pictures[:kept]), [labels_of(scene) for scene in scenes], there)
        if len(pool) >= options.most_pictures:
            break
    return pool, aside


def _shards(folder: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    for path in sorted(folder.glob("captions_*.json")):
        if notes := json.loads(path.read_text(encoding="utf-8")):  # the last shard of a worker may be empty
            yield path.with_name(path.name.replace("captions_", "pictures_")).with_suffix(".npy"), notes


Shown = tuple[Art, Image.Image, Image.Image]  # a drawing on white, and in a scene


def _drawings(art: Sequence[Art], workers: int) -> list[Shown]:
    """Every drawing but the animated ones, whose frames repeat fluent-3d, as it is measured on."""
    still = [one for one in art if one.family.name != "fluent-anim"]
    with multiprocessing.get_context("spawn").Pool(max(workers, 1)) as processes:
        return processes.starmap(_shown, list(enumerate(still)), chunksize=8)


def _shown(index: int, art: Art) -> Shown:
    return art, plain(art.picture), place(art.picture, random.Random(index))


def _measured(path: Path, device: torch.device, shown: Sequence[Shown], aside: Aside) -> dict[str, Any]:
    """A judge's accuracy on each family and on the generator; it is written into its file, too."""
    reader = Reader.load(path)
    reader.judge.to(device)
    families = {}
    for family in FAMILIES:
        some = [one for one in shown if one[0].family.name == family.name and one[0].animal in reader.animals]
        if some:
            families[family.name] = {"learnt from": family.for_training, **_on_family(reader, some)}
    pictures, said = aside.pictures, aside.said
    known = [row for row, one in enumerate(said) if one.get("animal") in reader.animals]
    generator = on_animals(reader, [pictures[row] for row in known], [said[row]["animal"] for row in known])
    generator["slots"] = on_slots(reader, pictures, said)
    if pairs := [row for row, kinds in enumerate(aside.kinds) if kinds]:
        found = on_kinds(reader, [pictures[row] for row in pairs], [aside.kinds[row] for row in pairs])
        generator["slots"]["kinds"] = found
    own = {"held_out": HELD_OUT, "families": families, "generator": generator}
    Reader(reader.judge, _without_confusion(own)).save(path)
    return own


def _on_family(reader: Reader, shown: Sequence[Shown]) -> dict[str, Any]:
    animals = [art.animal for art, _, _ in shown]
    scenes = on_animals(reader, [scene for _, _, scene in shown], animals)
    found = on_animals(reader, [alone for _, alone, _ in shown], animals)
    return {**found, "animals": len(set(animals)), "accuracy_in_scenes": scenes["accuracy"]}


def _without_confusion(own: Any) -> Any:
    if not isinstance(own, dict):
        return round(own, 4) if isinstance(own, float) else own
    return {key: _without_confusion(value) for key, value in own.items() if key != "confusion"}


def _print(figures: Mapping[str, Any]) -> None:
    for name in ("taught", "stranger"):
        print(f"\n{name}")
        for family, one in figures[name]["families"].items():
            note = "" if one["learnt from"] else "   never learnt from"
            print(f"  {family:14} {one['pictures']:4d} drawings of {one['animals']} animals: "
                  f"{one['accuracy']:.3f}, in scenes {one['accuracy_in_scenes']:.3f}{note}")  # fmt: skip
        ours = figures[name]["generator"]
        print(f"  {'generator':14} {ours['pictures']:4d} pictures: {ours['accuracy']:.3f}")
        for slot, one in ours["slots"].items():
            spoken = f", where named {one['accuracy_named']:.3f} of {one['named']}" if "named" in one else ""
            print(f"    {slot:14} {one['accuracy']:.3f} of {one['pictures']}{spoken}")


# ---- reference ----


def _reference(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    describe = Describer(options.device)
    training, fresh = (
        _described(path, options.described, describe) for path in (options.pictures, options.held)
    )
    count = min(len(training), len(fresh))
    known = Known(
        training[:count], fresh[:count], {"pictures": "of the generator, the first of their shards"}
    )
    known.save(options.out / DESCRIPTIONS)
    listed = wishes(seeds=options.seeds)
    listed = quick(listed) if options.quick else listed
    for wish in listed:
        _draw_with_generator(wish, options.out / "generator" / wish.file)
    taught, stranger = (
        Reader.load(options.judges / f"{name}.safetensors" if options.judges else shipped(name))
        for name in ("taught", "stranger")
    )
    for judge in (taught.judge, stranger.judge):
        judge.to(options.device)
    report = score(open_drawn(options.out / "generator", listed), Jury(taught, stranger, describe, known))
    report["settings"] = {"seeds of each animal": options.seeds, "described": len(known.training)}
    (options.out / DESCRIPTIONS).with_suffix(".json").write_text(
        json.dumps(report, indent=1) + "\n", encoding="utf-8"
    )
    print(as_markdown(report, None))


def _described(folder: Path, count: int, describe: Describer) -> torch.Tensor:
    parts, wanted = [], count
    for path, notes in _shards(folder):
        pictures = np.load(path, mmap_mode="r")[: min(wanted, len(notes))]
        parts.append(describe([Image.fromarray(np.asarray(picture)) for picture in pictures]))
        wanted -= len(pictures)
        print(f"{count - wanted} pictures of {folder} described", flush=True)
        if not wanted:
            break
    return torch.cat(parts)


def _draw_with_generator(wish: Wish, path: Path) -> None:
    """The same prompt and seed, drawn by what the model learnt from."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        scene = dataclasses.replace(read(wish.text), transparent=wish.transparent)
        draw_scene(scene, wish.seed).save(path)


if __name__ == "__main__":
    main()
