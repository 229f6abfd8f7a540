"""Pictures saved by threads beside the one that draws. Knows folders and PNG; no ComfyUI and no model.

A name is taken at once, by a file that ends in ".part", and becomes a picture when that is whole. Whoever wants the
picture sooner waits for it here; what could not be saved is remembered, since its prompt may be over by then.
"""

from __future__ import annotations

import io
import os
import struct
import threading
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pawlette.engine.deliver import PNG
from pawlette.errors import BadPicture, CannotSave, PawletteError

MOST_WAITING = 32  # pictures; then a node waits until one is written
MOST_FAILURES = 100  # remembered
PART = ".part"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that could not be saved."""

    path: Path
    reason: str


def reserve(folder: Path, stem: str, counter: int) -> Path:
    """The first free `stem_00001_.png` from a counter on, taken by its ".part"; raises CannotSave."""
    while True:
        path = folder / f"{stem}_{counter:05}_.png"
        part = path.with_name(path.name + PART)
        try:
            if not path.exists():
                os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                return path
        except FileExistsError:
            pass
        except OSError as error:
            raise CannotSave(f"cannot save {path}: {error.strerror or error}") from error
        counter += 1


def png(pixels: np.ndarray, texts: Mapping[str, str]) -> bytes:
    """(height, width, 3 or 4) uint8 -> a PNG with text chunks."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", **PNG)
    return with_texts(out.getvalue(), texts)


def with_texts(data: bytes, texts: Mapping[str, str]) -> bytes:
    """A finished PNG with text chunks put before its first pixels; nothing else in it changes.

    Plain text is tEXt as ComfyUI writes it, other scripts iTXt (PNG, third edition, 11.3.3). Raises BadPicture.
    """
    at = data.find(b"IDAT") - 4
    if not data.startswith(SIGNATURE) or at < len(SIGNATURE):
        raise BadPicture("only into a PNG can a workflow be written")
    return data[:at] + b"".join(_chunk(name, text) for name, text in texts.items()) + data[at:]


def _chunk(name: str, text: str) -> bytes:
    try:
        kind, body = b"tEXt", name.encode("latin-1") + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, body = b"iTXt", name.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


class Saver:
    """Writes pictures one after the other, in a thread of its own."""

    def __init__(self, *, on_failure: Callable[[Failure], None] | None = None) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pawlette-save")
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._waiting: dict[Path, Future[None]] = {}
        self._lock = threading.Lock()
        self._on_failure = on_failure
        self.failures: deque[Failure] = deque(maxlen=MOST_FAILURES)
        self.saved = 0

    def save(self, path: Path, make: Callable[[], bytes]) -> None:
        """Write what `make` gives to a reserved path, soon."""
        self._room.acquire()
        with self._lock:
            self._waiting[path] = self._pool.submit(self._write, path, make)

    def _write(self, path: Path, make: Callable[[], bytes]) -> None:
        part = path.with_name(path.name + PART)
        try:
            data = make()
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
            self.saved += 1
        except OSError as error:
            self._fail(path, part, error.strerror or str(error))  # clients hear it: no paths
        except (ValueError, MemoryError, PawletteError) as error:
            self._fail(path, part, str(error))
        finally:
            self._room.release()
            with self._lock:
                self._waiting.pop(path, None)

    def _fail(self, path: Path, part: Path, reason: str) -> None:
        part.unlink(missing_ok=True)
        failure = Failure(path, reason)
        self.failures.append(failure)
        if self._on_failure is not None:
            self._on_failure(failure)

    def waiting(self, path: Path | None = None) -> Future[None] | None:
        """The writing of a path, where it is under way."""
        with self._lock:
            return self._waiting.get(path) if path is not None else next(iter(self._waiting.values()), None)

    def failure(self, path: Path) -> Failure | None:
        """Why a path could not be saved."""
        return next((one for one in self.failures if one.path == path), None)

    @property
    def pending(self) -> int:
        with self._lock:
            return len(self._waiting)

    def close(self) -> None:
        """Write what is waiting, then end the thread."""
        self._pool.shutdown(wait=True)
