"""The folder of pictures: each file whole or not there, named after its job and the claim that drew it.

Since every claim has a name of its own, a worker that comes back late cannot touch what another one published. Which
names count is the store's to say; the rest are orphans. Knows no store.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from pawlette.errors import CannotSave
from pawlette.files import sync_folder, write_whole

SUFFIXES = {"png": ".png", "webp": ".webp", "jpeg": ".jpg"}
PROBE = 2**20  # bytes that must be writable before pictures are drawn again
AtPoint = Callable[[str], None]  # a named point is reached: where faults are tried out, they happen there


def nothing_happens(point: str) -> None:
    """What happens at the named points of a server that is not under trial."""


class Shelf:
    """Pictures in `folder`; made with the rights of its owner alone. `at_point` hears "saving" and "saved"."""

    def __init__(self, folder: Path, at_point: AtPoint = nothing_happens) -> None:
        self.folder, self.at_point = folder, at_point

    def make(self) -> None:
        """Raises CannotSave."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise CannotSave(f"cannot make {self.folder}: {error.strerror or error}") from error

    def save(self, job: str, fence: int, form: str, data: bytes) -> str:
        """The name of the file, which is on disk by now; raises CannotSave."""
        path = self.folder / self.name(job, fence, form)
        try:
            self.at_point("saving")
            write_whole(path, data)
            sync_folder(self.folder)
        except OSError as error:
            raise CannotSave(f"cannot save {path}: {error.strerror or error}") from error
        self.at_point("saved")
        return path.name

    @staticmethod
    def name(job: str, fence: int, form: str) -> str:
        return f"{job}-{fence}{SUFFIXES[form]}"

    def path(self, name: str) -> Path:
        """Where a published picture lies; ValueError for what is no name of a file here."""
        if not name or os.path.basename(name) != name or name.startswith("."):
            raise ValueError(f"no picture has the name {name!r}")
        return self.folder / name

    def remove(self, names: Collection[str]) -> None:
        """Those that are there. What cannot be removed now is an orphan, which the next start sweeps."""
        for name in names:
            with contextlib.suppress(OSError):
                self.path(name).unlink()

    def sweep(self, keep: Collection[str]) -> tuple[str, ...]:
        """Remove all files but those of the names in `keep`; only while nobody writes. The names of the removed."""
        orphans = [path for path in self.folder.iterdir() if path.is_file() and path.name not in keep]
        for path in orphans:
            path.unlink(missing_ok=True)
        return tuple(path.name for path in orphans)

    def free(self) -> int:
        """Bytes that are free where the pictures lie."""
        return shutil.disk_usage(self.folder).free

    def probe(self) -> str:
        """Why no picture could be saved now; empty where one could."""
        try:
            self.at_point("saving")
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(bytes(PROBE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return f"pictures cannot be saved: {error.strerror or error}"
        return ""
