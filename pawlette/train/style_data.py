"""A folder of pictures with captions -> what a style trains on: latents and embeddings, each made once.

Captions stand in `picture.txt` beside `picture.png`, or in one `metadata.jsonl`, `metadata.csv` or `captions.csv`
with the columns file_name and text. Knows no loss and no adapter.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from pawlette.errors import BadJob, BadPicture
from pawlette.model.family import Family
from pawlette.model.packing import pack
from pawlette.model.qwen import QwenImage
from pawlette.train.pictures import flatten, to_model_range

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
LISTS = ("metadata.jsonl", "metadata.csv", "captions.csv")
TEXT_COLUMNS = ("text", "caption", "prompt")
NAMED = 20  # captions that are cut, before the rest is only counted


@dataclass(frozen=True, slots=True)
class Example:
    """A picture file and what it shows."""

    path: Path
    caption: str


@dataclass(frozen=True, slots=True)
class StyleSet:
    """A training set in memory. Tensors lie on the CPU: a step takes a few rows of them."""

    tokens: Tensor  # (pictures, image tokens, channels) normalised latents
    texts: Sequence[Tensor]  # of each picture: (text tokens, width)
    blank: Tensor  # (text tokens, width) of the text that stands for no text
    grid: tuple[int, int]  # (height, width) in tokens
    picture: Callable[[int], Tensor]  # index -> (channels, height, width) in [-1, 1]
    sources: Mapping[str, str] = field(default_factory=dict)  # digests of what it was made of


# -- the folder ----------------------------------------------------------------------------------------------


def find_examples(folder: Path) -> list[Example]:
    """All pictures of the folder, sorted by name; raises BadPicture naming what has no caption or no picture."""
    if not folder.is_dir():
        raise BadPicture(f"{folder} is no folder of pictures")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise BadPicture(f"{folder} holds no pictures ({', '.join(SUFFIXES)})")
    listed = next((folder / name for name in LISTS if (folder / name).exists()), None)
    captions = _read_texts(paths) if listed is None else _read_list(listed)
    if unknown := sorted(captions.keys() - {path.name for path in paths}):
        raise BadPicture(f"{listed}: {unknown[0]} is no picture in {folder}")
    for path in paths:
        if not captions.get(path.name):
            where = (
                f"{path.with_suffix('.txt').name} beside it" if listed is None else f"a row in {listed.name}"
            )
            raise BadPicture(f"{path} has no caption; write {where}")
    return [Example(path, captions[path.name]) for path in paths]


def _read_texts(paths: Sequence[Path]) -> dict[str, str]:
    beside = {path.name: path.with_suffix(".txt") for path in paths}
    return {name: _read(text).strip() for name, text in beside.items() if text.exists()}


def _read_list(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in _json_rows(path) if path.suffix == ".jsonl" else _csv_rows(path):
        name = row.get("file_name")
        text = next((row[column] for column in TEXT_COLUMNS if row.get(column)), None)
        if not isinstance(name, str) or not isinstance(text, str):
            raise BadPicture(f"{path}: each row has file_name and text, got {dict(row)!r}")
        if name in found:
            raise BadPicture(f"{path}: {name} stands twice")
        if any("\ud800" <= sign <= "\udfff" for sign in text):  # JSON may write half a character
            raise BadPicture(f"{path}: the caption of {name} is no text: {text!r}")
        found[name] = text.strip()
    return found


def _csv_rows(path: Path) -> Iterator[Mapping[Any, object]]:
    rows = csv.DictReader(io.StringIO(_read(path)))
    try:
        yield from rows
    except csv.Error as error:  # such as a quotation mark that nothing closes
        raise BadPicture(f"{path}: the row behind line {rows.line_num} is not CSV: {error}") from error


def _json_rows(path: Path) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise BadPicture(f"{path}: line {number} is not JSON") from None
        if not isinstance(row, dict):
            raise BadPicture(f"{path}: line {number} is no JSON object")
        yield row


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPicture(f"{path} cannot be read: {error}") from error


def open_picture(path: Path, size: int, channels: int) -> Tensor:
    """The middle square of a picture, (channels, size, size) in [-1, 1]; on white where alpha is not drawn."""
    try:
        with Image.open(path) as file:
            upright = _eight_bits(ImageOps.exif_transpose(file)).convert("RGBA")
            square = ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(f"{path} is no picture that can be read: {error}") from error
    rgba = to_model_range(torch.from_numpy(np.array(square))[None])
    return (rgba if channels == 4 else flatten(rgba, torch.ones(1, 3, 1, 1)))[0]


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Of deeper grey the upper eight bits: Pillow would clip it, to white nearly everywhere, and say nothing."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise ValueError(f"mode {picture.mode} has 32 bits a channel; 8 or 16 would do")
    return picture


# -- what the model sees of it -------------------------------------------------------------------------------


def check_size(family: Family, size: int) -> None:
    """Raise BadJob where the model's pictures cannot be `size` pixels on a side."""
    if size % family.multiple or size < family.multiple:
        raise BadJob(f"{family.name} learns from sides that are multiples of {family.multiple}; got {size}")
    smaller = family.default_size[0]
    if family.upscaled > 1 and size == smaller * family.upscaled:
        raise BadJob(
            f"{family.name} draws {smaller} and enlarges it to {size}: it learns at {smaller}; got {size}"
        )


@torch.no_grad()
def encode_examples(
    model: QwenImage, examples: Sequence[Example], size: int, *, say: Callable[[str], None] = print
) -> StyleSet:
    """Read every picture and caption once through the frozen image encoder and text tower."""
    family = model.family
    check_size(family, size)
    if cut := _cut_captions(model, examples):
        say(cut)
    side = size // (family.pixels_per_latent * family.patch)
    opened = partial(open_picture, size=size, channels=family.channels)
    tokens = []
    for number, example in enumerate(examples, 1):
        tokens.append(latent_tokens(model, opened(example.path)[None]).cpu())
        if number % 100 == 0 or number == len(examples):
            say(f"read {number} of {len(examples)} pictures")
    # A copy made here is an ordinary tensor, which training may keep; what the tower gives is not.
    texts = [model.text.encode([example.caption])[0].clone().cpu() for example in examples]
    blank = model.text.encode([family.negative])[0].clone().cpu()
    return StyleSet(
        torch.cat(tokens), texts, blank, (side, side),
        picture=lambda index: opened(examples[index].path), sources=_sources(examples),
    )  # fmt: skip


def _sources(examples: Sequence[Example]) -> dict[str, str]:
    """Of the files, for what a device makes of them may differ in its last digits from machine to machine."""
    pictures, captions = hashlib.sha256(), hashlib.sha256()
    for example in examples:
        pictures.update(hashlib.sha256(example.path.read_bytes()).digest())
        captions.update(hashlib.sha256(example.caption.encode()).digest())
    return {"pictures": pictures.hexdigest()[:16], "captions": captions.hexdigest()[:16]}


def _cut_captions(model: QwenImage, examples: Sequence[Example]) -> str:
    """A sentence on the captions of which the model reads the front alone; empty where it reads all."""
    longest = model.text.longest
    if longest is None:
        return ""
    lengths = [(model.text.length(example.caption), example.path.name) for example in examples]
    cut = [f"{name} ({length})" for length, name in lengths if length > longest]
    if not cut:
        return ""
    named = ", ".join(cut[:NAMED]) + (f" and {len(cut) - NAMED} more" if len(cut) > NAMED else "")
    return (
        f"{model.family.name} reads {longest} tokens of a caption and not what stands behind them; "
        f"longer are those of {named}"
    )


def latent_tokens(model: QwenImage, pixels: Tensor) -> Tensor:
    """(n, channels, h, w) in [-1, 1] -> (n, tokens, channels) float32: normalised latent means, as steps see them."""
    encoder = model.autoencoder.encode
    mean = encoder(pixels.to(model.device, model.dtype))[0].float()  # type: ignore[operator]
    return pack((mean - model.latents_mean) / model.latents_std, model.family.patch)
