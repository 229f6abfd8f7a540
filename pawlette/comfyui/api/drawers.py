"""What a browser keeps here beside its pictures: settings and small files, each owner's own, in memory, with bounds.

Nothing of it touches a disk: a name is a key and never a path of this machine. It is gone when the server ends.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_OWNERS = 64
MOST_FILES = 64  # of one owner
LONGEST_FILE = 256 * 1024  # bytes
MOST_BYTES = 2 * 1024**2  # of one owner's files
MOST_SETTINGS = 64 * 1024  # bytes of one owner's settings, as JSON
LONGEST_NAME, LONGEST_PART, DEEPEST = 200, 100, 6
FIRST_SETTINGS: Mapping[str, Any] = {
    "Comfy.TutorialCompleted": True,  # there are no templates to begin with
    "Comfy.Notification.ShowVersionUpdates": False,  # its maker is not asked for news
}


class NotKept(Exception):
    """What cannot be kept or found, with its status of HTTP and a sentence that says why."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


@dataclass(frozen=True, slots=True)
class File:
    data: bytes
    created: float  # seconds since 1970
    modified: float

    def about(self, path: str) -> dict[str, Any]:
        times = {"modified": round(self.modified * 1000), "created": round(self.created * 1000)}
        return {"path": path, "size": len(self.data)} | times


@dataclass(slots=True)
class Drawer:
    """One owner's."""

    settings: dict[str, Any] = field(default_factory=lambda: dict(FIRST_SETTINGS))
    files: dict[str, File] = field(default_factory=dict)


class Drawers:
    """Everybody's."""

    def __init__(self) -> None:
        self._drawers: dict[str, Drawer] = {}
        self._lock = threading.Lock()

    def _of(self, owner: str) -> Drawer:
        if owner not in self._drawers and len(self._drawers) >= MOST_OWNERS:
            raise NotKept(507, f"{MOST_OWNERS} owners keep things here already, and no more can")
        return self._drawers.setdefault(owner, Drawer())

    # -- settings --------------------------------------------------------------------------------------------

    def settings(self, owner: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._drawers[owner].settings if owner in self._drawers else FIRST_SETTINGS)

    def change(self, owner: str, changes: Mapping[str, Any]) -> None:
        with self._lock:
            drawer = self._of(owner)
            changed = drawer.settings | dict(changes)
            if len(json.dumps(changed)) > MOST_SETTINGS:
                raise NotKept(413, f"settings have at most {MOST_SETTINGS} bytes in all")
            drawer.settings = changed

    # -- files -----------------------------------------------------------------------------------------------

    def listed(self, owner: str, folder: str, *, recurse: bool) -> dict[str, File]:
        """By their names from the folder on."""
        start = f"{checked(folder)}/" if folder else ""
        with self._lock:
            files = self._drawers[owner].files if owner in self._drawers else {}
            found = {name[len(start) :]: one for name, one in files.items() if name.startswith(start)}
        return {name: one for name, one in sorted(found.items()) if recurse or "/" not in name}

    def read(self, owner: str, name: str) -> File:
        with self._lock:
            files = self._drawers[owner].files if owner in self._drawers else {}
            if name not in files:
                raise NotKept(404, "no file of yours has this name")
            return files[name]

    def write(self, owner: str, name: str, data: bytes, *, overwrite: bool) -> File:
        name = checked(name)
        if len(data) > LONGEST_FILE:
            raise NotKept(413, f"a file has at most {LONGEST_FILE} bytes; this one has {len(data)}")
        with self._lock:
            files = self._of(owner).files
            old = files.get(name)
            if old is not None and not overwrite:
                raise NotKept(409, "a file has this name already")
            others = sum(len(one.data) for at, one in files.items() if at != name)
            if (old is None and len(files) >= MOST_FILES) or others + len(data) > MOST_BYTES:
                raise NotKept(507, f"at most {MOST_FILES} files with {MOST_BYTES} bytes in all are kept")
            now = time.time()
            files[name] = File(data, now if old is None else old.created, now)
            return files[name]

    def move(self, owner: str, name: str, to: str, *, overwrite: bool) -> File:
        to = checked(to)
        moved = self.read(owner, name)
        with self._lock:
            files = self._drawers[owner].files
            if to != name and to in files and not overwrite:
                raise NotKept(409, "a file has this name already")
            files.pop(name, None)
            files[to] = moved
            return moved

    def delete(self, owner: str, name: str) -> None:
        self.read(owner, name)
        with self._lock:
            self._drawers[owner].files.pop(name, None)


def checked(name: str) -> str:
    """A name of parts with strokes between them, none of which climbs; raises NotKept."""
    parts = name.split("/")
    fits = len(name) <= LONGEST_NAME and len(parts) <= DEEPEST and "\\" not in name and name.isprintable()
    if not fits or not all(0 < len(part) <= LONGEST_PART and part not in (".", "..") for part in parts):
        raise NotKept(400, "a file's name is such as workflows/panda.json: short parts, none of them . or ..")
    return name
