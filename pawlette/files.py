"""A file that is whole or not there, in a folder that was checked before. Knows nothing of pictures."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pawlette.errors import CannotSave

ROOM = 32 * 1024 * 1024  # bytes that must be free before drawing starts


def check_folder(folder: Path) -> None:
    """Raise CannotSave, before any drawing, where the folder cannot be written or its disk is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".pawlette-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotSave(
            f"cannot write in {folder}: {error.strerror or error}; choose another --out"
        ) from error
    if free < ROOM:
        raise CannotSave(f"only {free // 1024**2} MB are free in {folder}; {ROOM // 1024**2} MB are needed")


def write_whole(path: Path, data: bytes) -> Path:
    """Write beside the target, flush to disk, then rename: no reader ever sees half a file."""
    handle, temporary = -1, ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".pawlette-", suffix=path.suffix)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        _remove(temporary)
        raise CannotSave(f"cannot save {path}: {error.strerror or error}") from error
    except BaseException:  # Ctrl-C between write and rename: leave nothing half done, then let it pass
        _remove(temporary)
        raise
    return path


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut, where the system lets a folder be opened."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(temporary: str) -> None:
    if temporary:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def find_any(folder: Path, names: Iterable[str]) -> Path | None:
    """The first of the named files that lies in the folder: what must not be written over."""
    return next((folder / name for name in names if (folder / name).exists()), None)
