"""`pawlette serve`, wired: settings, supervisor, application and server, from the first socket to an orderly end."""

from __future__ import annotations

import gc
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute

from pawlette.serve.api.app import create_app
from pawlette.serve.api.config import Config
from pawlette.serve.api.keys import Key, Keys
from pawlette.serve.api.logs import Log
from pawlette.serve.api.preferences import PreferencesFile
from pawlette.serve.api.room import Room
from pawlette.serve.api.server import listening, server_of
from pawlette.serve.api.tiles import vocabulary
from pawlette.serve.duty import MakeStudio
from pawlette.serve.jobs import State
from pawlette.serve.supervisor import Settings, Supervisor

KEYS, PREFERENCES = "keys.json", "settings.json"
LEAVE_SECONDS = 2.5  # that those get, at the end, who wait for what is not begun
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line decides. `keys`: beside those of the file; `pin`: a new one, None: the old."""

    config: Config
    settings: Settings
    make_studio: MakeStudio
    keys: tuple[Key, ...] = ()
    pin: str | None = None
    proxy: str | None = None  # address whose X-Forwarded headers are believed
    more: Callable[[Room], Sequence[BaseRoute]] | None = None  # routes of another door


def keys_of(folder: Path, fixed: tuple[Key, ...] = ()) -> Keys:
    return Keys(folder / KEYS, fixed)


def serve(plan: Plan, say: Say, log: Log | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; `say` tells the operator where. Raises BadJob, StoreUnusable, CannotSave."""
    log = log or Log()
    folder = plan.settings.folder
    keys = keys_of(folder, plan.keys)
    plan.config.check(has_keys=bool(keys.all()))
    preferences = PreferencesFile(folder / PREFERENCES)
    sock = listening(plan.config.host, plan.config.port)
    try:
        log.take_over("pawlette.serve")
        supervisor = Supervisor(plan.settings, plan.make_studio)
        tell_pin(preferences, plan.pin, say)
        room = Room.of(supervisor, plan.config, keys, preferences, log)
        ending = Ending(room)
        more = {} if plan.proxy is None else {"proxy_headers": True, "forwarded_allow_ips": plan.proxy}
        server = server_of(
            create_app(room, more=plan.more(room) if plan.more else ()), plan.config, log, ending, **more
        )
        supervisor.start()
        settle(room)
        say(f"Pawlette serves at http://{shown(plan.config.host)}:{sock.getsockname()[1]} (Ctrl-C ends it)")
        try:
            server.run([sock])
        finally:
            ending()
    finally:
        sock.close()


def settle(room: Room) -> None:
    """What is there for good (lexicon, routes, libraries) is not looked through again when garbage is collected, which
    would hold up every request for as long as that takes."""
    vocabulary(room.desk.studio.family)
    gc.collect()
    gc.freeze()


def shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def tell_pin(preferences: PreferencesFile, pin: str | None, say: Say) -> None:
    """Set the PIN that was given; where there is none at all, make one and say it, once."""
    if pin is not None:
        preferences.set_pin(pin)
    elif not preferences.now.pin_hash:
        made = f"{secrets.randbelow(10**6):06}"
        preferences.set_pin(made)
        say(f"PIN for adults: {made} (said once; choose another with --pin)")


class Ending:
    """The end, once: nothing new is taken, who waits in vain is told, what is drawn is finished."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._lock, self._over = threading.Lock(), False

    def __call__(self) -> None:
        self._room.ending.set()
        with self._lock:
            if not self._over:
                self._room.log.line("info", "draining")
                self._wait_for_leaving()
                self._room.desk.drain()
                self._over = True
                self._room.log.line("info", "drained")

    def _wait_for_leaving(self) -> None:
        """Those who wait for pictures that are not begun are told that they will not be; it takes them a moment."""
        end = time.monotonic() + LEAVE_SECONDS
        while time.monotonic() < end and self._somebody_waits_in_vain():
            time.sleep(0.05)

    def _somebody_waits_in_vain(self) -> bool:
        store = self._room.desk.store
        return any(
            store.page(request=request, states=(State.QUEUED,), limit=1).records
            for request in self._room.repeats.awaited()
        )
