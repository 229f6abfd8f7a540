"""Which weights lie in a model's folder, told without reading them all. Knows no architecture and loads nothing.

A fingerprint is made of each weight file's length, its header and BLOCKS blocks evenly spread over the rest: a file of
gigabytes costs as much as one of a megabyte. Training changes nearly every number of what it trains, and so shows; a
few numbers changed between two blocks do not. The same weights in another precision count as others.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pawlette.model.weights import check_header, find_files, has_weights

INDEXES = ("pawlette.json", "model_index.json", "modular_model_index.json")
PARTS = ("transformer", "vae", "text_encoder", "tokenizer", "processor", "scheduler", "upscaler")
SETTINGS = (".json", ".txt", ".jinja")
BLOCKS, BLOCK = 64, 4096


def of_model(folder: Path) -> str:
    """Of all that a model's own pictures depend on, its settings too; not of what may be chosen beside it."""
    files = [folder / name for name in INDEXES if (folder / name).exists()]
    for part in PARTS:
        if (folder / part).is_dir():
            files += sorted(path for path in (folder / part).iterdir() if path.suffix in SETTINGS)
            files += _weights(folder / part)
    return _digest(files)


def of_weights(folder: Path) -> str:
    """Of one part's weights alone; raises BadWeights where there are none."""
    return _digest(sorted(find_files(folder)))


def _weights(folder: Path) -> list[Path]:
    return sorted(find_files(folder)) if has_weights(folder) else []


def _digest(files: Iterable[Path]) -> str:
    """16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\n".encode())
        digest.update(_glance(path) if path.suffix == ".safetensors" else _text(path))
    return digest.hexdigest()[:16]


def _text(path: Path) -> bytes:
    """The whole file, whichever way its lines end: a checkout may turn them."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def _glance(path: Path) -> bytes:
    check_header(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        file.seek(0)
        return b"".join([str(size).encode(), file.read(start), *_blocks(file, start, size)])


def _blocks(file: BinaryIO, start: int, size: int) -> Iterable[bytes]:
    """The first and the last block, and those between at even distances; all of a file that is smaller."""
    if size - start <= BLOCKS * BLOCK:
        yield file.read()
        return
    for index in range(BLOCKS):
        file.seek(start + (size - BLOCK - start) * index // (BLOCKS - 1))
        yield file.read(BLOCK)
