"""API keys: 256 random bits each, of which only the digest is kept, in a file of their names. Knows no HTTP."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from pawlette.errors import BadJob
from pawlette.files import write_whole

START = "pawlette_"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
RESERVED = frozenset({"local"})  # the owner where no keys are


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. `adult`: it may do what the PIN allows."""

    name: str
    digest: str  # SHA-256: 256 random bits need no slow hash
    adult: bool = False
    created: float = 0.0  # seconds since 1970


def digest_of(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Keys:
    """The keys of a file, read anew when it changes: one that is dropped is worthless at once.

    `fixed` are digests given by the operator beside the file, such as a container's secret.
    """

    def __init__(self, path: Path, fixed: tuple[Key, ...] = ()) -> None:
        self.path, self._fixed = path, fixed
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._read: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Raises BadJob for a file that is not ours."""
        with self._lock:
            try:
                stat = self.path.stat()
            except FileNotFoundError:
                self._stamp, self._read = None, ()
                return self._fixed
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._read = read_keys(self.path)
                self._stamp = stamp
            return (*self._fixed, *self._read)

    def find(self, secret: str) -> Key | None:
        """The key, compared with every one in constant time."""
        digest = digest_of(secret)
        found = None
        for key in self.all():
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def new(self, name: str, *, adult: bool = False) -> str:
        """Make a key and keep its digest; the secret is told once, here. Raises BadJob, CannotSave."""
        if not NAME.fullmatch(name) or name in RESERVED:
            raise BadJob(f"a key's name has 1 to 32 small letters, digits and hyphens; got {name[:60]!r}")
        known = self.all()
        if any(key.name == name for key in known):
            raise BadJob(f"there is a key {name!r} already; drop it first, or choose another name")
        secret = START + secrets.token_urlsafe(32)
        self._save((*self._read, Key(name, digest_of(secret), adult, time.time())))
        return secret

    def drop(self, name: str) -> None:
        """Forget a key; raises BadJob where there is none of that name."""
        self.all()
        kept = tuple(key for key in self._read if key.name != name)
        if len(kept) == len(self._read):
            raise BadJob(f"there is no key {name[:60]!r}; `pawlette keys list` shows them")
        self._save(kept)

    def _save(self, keys: tuple[Key, ...]) -> None:
        write_whole(self.path, json.dumps([asdict(key) for key in keys], indent=1).encode())
        self.path.chmod(0o600)


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file; raises BadJob, naming it, for anything that `Keys` did not write."""
    try:
        rows = json.loads(path.read_bytes())
        keys = tuple(Key(**row) for row in rows)
        whole = all(
            NAME.fullmatch(key.name)
            and re.fullmatch("[0-9a-f]{64}", key.digest)
            and isinstance(key.adult, bool)
            for key in keys
        )
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise BadJob(
            f"{path} is no file of keys ({type(error).__name__}); move it away and make new ones"
        ) from None
    if not whole or len({key.name for key in keys}) != len(keys):
        raise BadJob(f"{path} is no file of keys; move it away and make new ones")
    return keys


def fixed_key(secret: str, name: str = "operator") -> Key:
    """A key that the operator chose; raises BadJob for one that can be guessed."""
    if len(secret) < 32:
        raise BadJob(f"a key has at least 32 characters; the one that was given has {len(secret)}")
    return Key(name, digest_of(secret), adult=True)
