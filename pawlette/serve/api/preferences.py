"""What adults decide while the server runs, kept in one small file: history, retention, the PIN. Knows no HTTP."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import scrypt
from pathlib import Path
from time import monotonic
from typing import Any

from pawlette.errors import BadJob
from pawlette.files import write_whole

VERSION = 1
PIN = re.compile(r"[0-9]{4,12}")
TRIES = 5
LOCKED = 60.0  # seconds after TRIES wrong ones; twice as many after as many more, an hour at most
LONGEST_LOCK = 3600.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """`history`: words and pictures are kept for `retention_days`; else words go with the job, pictures soon after."""

    history: bool = False
    retention_days: int = 30  # 1 to 3650
    pin_salt: str = ""  # hexadecimal
    pin_hash: str = ""  # of scrypt, hexadecimal; "" is no PIN yet

    def __post_init__(self) -> None:
        if type(self.history) is not bool or type(self.retention_days) is not int:
            raise BadJob("history is true or false, and retention_days a whole number")
        if not 1 <= self.retention_days <= 3650:
            raise BadJob(f"retention_days are 1 to 3650; got {self.retention_days}")


class PreferencesFile:
    """The preferences, in memory and on disk. Raises BadJob for a file that is not ours: never a silent new one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._now = read_preferences(path)

    @property
    def now(self) -> Preferences:
        return self._now

    def change(self, **changes: Any) -> Preferences:
        """Written before it holds; raises BadJob, CannotSave."""
        with self._lock:
            changed = replace(self._now, **changes)
            write_whole(self.path, json.dumps({"version": VERSION} | asdict(changed), indent=1).encode())
            self.path.chmod(0o600)
            self._now = changed
        return changed

    def set_pin(self, pin: str) -> None:
        """Raises BadJob for what is no PIN."""
        if not PIN.fullmatch(pin):
            raise BadJob("a PIN has 4 to 12 digits")
        salt = secrets.token_bytes(16)
        self.change(pin_salt=salt.hex(), pin_hash=_hash(pin, salt).hex())

    def is_pin(self, pin: str) -> bool:
        kept = self._now
        if not kept.pin_hash:
            return False
        given = _hash(pin, bytes.fromhex(kept.pin_salt))
        return hmac.compare_digest(given, bytes.fromhex(kept.pin_hash))


def _hash(pin: str, salt: bytes) -> bytes:
    return scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1)


def read_preferences(path: Path) -> Preferences:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        raise BadJob(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        settings = json.loads(text)
        if settings.pop("version") != VERSION:
            raise ValueError("another version")
        kept = Preferences(**settings)
        bytes.fromhex(kept.pin_salt), bytes.fromhex(kept.pin_hash)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, BadJob):
        raise BadJob(
            f"{path} holds no settings of this server; move it away to start with new ones"
        ) from None
    return kept


class Tries:
    """How often the PIN may be guessed, by all together: sessions cost a guesser nothing."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong, self._until = 0, 0.0

    def attempt(self, check: Callable[[], bool]) -> bool | float:
        """Whether the guess was right; or the seconds until one may be made. One at a time, so that many at once
        are no way around."""
        with self._lock:
            if (wait := self._until - self._clock()) > 0:
                return wait
            right = check()
            self._wrong = 0 if right else self._wrong + 1
            if self._wrong and self._wrong % TRIES == 0:
                lock = min(LONGEST_LOCK, LOCKED * 2.0 ** min(10, self._wrong // TRIES - 1))
                self._until = self._clock() + lock
            return right
