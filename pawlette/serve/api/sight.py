"""What a connection that stays open may see: an adult's time ends, keys are dropped, sessions are ended meanwhile.

Looked at again with every event, it only ever gets narrower. Knows no event and no store.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection

from pawlette.serve.api.problems import Problem
from pawlette.serve.api.room import COOKIE, Asker, Room, asker_of, secret_of


class Sight:
    """Of `asker`, who opened the connection."""

    def __init__(self, room: Room, connection: HTTPConnection, asker: Asker) -> None:
        self._room = room
        self._secret, self._token = secret_of(connection), connection.cookies.get(COOKIE)
        self.owner = asker.owner
        self.sees_all = asker.adult

    @property
    def scope(self) -> str | None:
        """The owner whose jobs are seen; None: everybody's."""
        return None if self.sees_all else self.owner

    def lasts(self) -> bool:
        """Look again; False where whoever opened it is not let in any more."""
        try:
            now = asker_of(self._room, self._secret, self._token, stays=True)
        except Problem:
            return False
        self.sees_all = self.sees_all and now.adult
        return now.owner == self.owner

    def sees(self, owner: str) -> bool:
        return self.sees_all or owner == self.owner
