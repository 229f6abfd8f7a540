"""The PNG encoders that `bench png` compares, each as a function from (h, w, 3) pixels to a file's bytes.

Knows no clock. A package that is not installed is told by ModuleNotFoundError when its encoder is built.
"""

from __future__ import annotations

import importlib
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.uint8]
Encode = Callable[[Array], bytes]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UP = 2  # PNG's number of the filter that subtracts the row above


@dataclass(frozen=True, slots=True)
class Encoder:
    """A way to make a PNG, and the package to install for it."""

    name: str
    package: str
    build: Callable[[], Encode]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_text(png: bytes, keyword: str, text: str) -> bytes:
    """The same file with an iTXt chunk behind its header: how any encoder's file gets its labels."""
    head = len(SIGNATURE) + 25  # IHDR: 13 bytes of data between length, kind and checksum
    written = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return png[:head] + chunk(b"iTXt", written) + png[head:]


def up_filtered(pixels: Array) -> Array:
    """(h, w, c) -> (h, 1 + w c): each row less the one above, behind the filter's number."""
    rows = pixels.reshape(len(pixels), -1)
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered


def assembled(compress: Callable[[Any], bytes]) -> Encode:
    """A file of our own making around any zlib-compatible compressor, with the same filter for every row."""

    def encode(pixels: Array) -> bytes:
        height, width, channels = pixels.shape
        header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
        data = chunk(b"IDAT", compress(up_filtered(pixels)))
        return SIGNATURE + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")

    return encode


PILLOWS_OWN = -1  # the strategy that Pillow takes where none is named


def pillow(level: int, strategy: int = PILLOWS_OWN) -> Encode:
    def encode(pixels: Array) -> bytes:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG", compress_level=level, compress_type=strategy)
        return out.getvalue()

    return encode


def run_lengths(module: str) -> Encode:
    """zlib or zlib-ng, looking for runs alone: after filtering there is little else to find."""
    made: Any = importlib.import_module(module)

    def compress(data: Any) -> bytes:
        packer = made.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
        return packer.compress(data) + packer.flush()

    return assembled(compress)


def libdeflate(level: int) -> Encode:
    made: Any = importlib.import_module("deflate")
    return assembled(lambda data: made.zlib_compress(data, level))


def isal(level: int) -> Encode:
    made: Any = importlib.import_module("isal.isal_zlib")
    return assembled(lambda data: made.compress(data, level))


def opencv() -> Encode:
    """OpenCV's own default: level 1, run lengths, each row less the pixel to the left."""
    cv2: Any = importlib.import_module("cv2")
    cv2.setNumThreads(1)
    return lambda pixels: cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def imagecodecs() -> Encode:
    made: Any = importlib.import_module("imagecodecs")
    return lambda pixels: made.spng_encode(pixels, 1)


def fpng() -> Encode:
    made: Any = importlib.import_module("fpng")
    return made.from_ndarray


ENCODERS: tuple[Encoder, ...] = (
    *(Encoder(f"Pillow, level {level}", "pillow", partial(pillow, level)) for level in (1, 4, 6, 9)),
    Encoder("Pillow, run lengths", "pillow", lambda: pillow(1, zlib.Z_RLE)),
    Encoder("Pillow, Huffman only", "pillow", lambda: pillow(1, zlib.Z_HUFFMAN_ONLY)),
    Encoder("row filter + zlib, run lengths", "numpy", lambda: run_lengths("zlib")),
    Encoder("row filter + zlib-ng, run lengths", "zlib-ng", lambda: run_lengths("zlib_ng.zlib_ng")),
    Encoder("row filter + libdeflate 1", "deflate", lambda: libdeflate(1)),
    Encoder("row filter + ISA-L 1", "isal", lambda: isal(1)),
    Encoder("OpenCV, its default", "opencv-python-headless", opencv),
    Encoder("libspng, level 1", "imagecodecs", imagecodecs),
    Encoder("fpng", "fpng", fpng),
)  # fmt: skip
