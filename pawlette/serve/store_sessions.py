"""Sessions that outlive the server, in the store's file: digests of tokens and of keys. Knows no token, no rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

from pawlette.serve.store_base import StoreFile
from pawlette.serve.store_rows import dumps


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A browser that gave a key."""

    name: str  # digest of its token
    owner: str
    key: str  # digest of the key
    seen: float  # the last request, in seconds since 1970


class StoreSessions(StoreFile):
    """The table of sessions of a `StoreFile`."""

    def sessions(self) -> tuple[KeptSession, ...]:
        with self._look():
            return tuple(
                KeptSession(*row) for row in self._rows("SELECT name, owner, key, seen FROM sessions")
            )

    def keep_sessions(self, sessions: Sequence[KeptSession], *, forget: Collection[str] = ()) -> None:
        """Write these anew and let go of those names, in one transaction; raises CannotSave, StoreUnusable."""
        with self._change():
            for one in sessions:
                self._run("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", *astuple(one))
            self._run(
                "DELETE FROM sessions WHERE name IN (SELECT value FROM json_each(?))", dumps(sorted(forget))
            )
