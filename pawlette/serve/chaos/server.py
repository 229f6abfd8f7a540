"""A server for trials: a Supervisor behind a local socket, in a process that is meant to be killed. Knows no row.

Speaks (method, arguments) and answers ("ok", result) or ("error", class name, message, seconds to wait).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from pawlette.errors import PawletteError, QueueFull
from pawlette.files import write_whole
from pawlette.serve.api.app import create_app
from pawlette.serve.api.config import Config, Limits
from pawlette.serve.api.keys import Keys
from pawlette.serve.api.logs import Log
from pawlette.serve.api.preferences import PreferencesFile
from pawlette.serve.api.room import Room
from pawlette.serve.api.run import Ending, settle
from pawlette.serve.api.server import listening, server_of
from pawlette.serve.chaos.quick import at_point, make_studio
from pawlette.serve.jobs import Idempotency
from pawlette.serve.supervisor import Settings, Supervisor

SOCKET, PORT = "socket", "port"
WIDE = Limits(pictures=1e6, pictures_burst=1e6, requests=1e6, requests_burst=1e6)  # only the queue refuses


def main(given: str) -> None:
    """`given`: JSON with "folder", "kind" of model, perhaps "http": true, and what Settings take beside."""
    options = json.loads(given)
    folder = Path(options.pop("folder"))
    kind, over_http = options.pop("kind"), options.pop("http", False)
    if kind != "builtin":
        options["preload"] = ("pawlette.serve.worker",)  # what the quick model does without is not imported
    supervisor = Supervisor(
        Settings(folder / "data", **options),
        partial(make_studio, kind),
        at_point=at_point(folder / "faults"),
    )
    ended, end = wakening_pipe()
    supervisor.start()
    address = folder / SOCKET
    address.unlink(missing_ok=True)
    listener = Listener(str(address), "AF_UNIX", backlog=64)
    threading.Thread(target=accept, args=(listener, supervisor), daemon=True).start()
    threading.Thread(target=end_with_the_trial, args=(end,), daemon=True).start()
    finish = serve_http(supervisor, folder) if over_http else supervisor.drain
    os.read(ended, 1)
    finish()


def serve_http(supervisor: Supervisor, folder: Path) -> Callable[[], None]:
    """What `pawlette serve` puts before a supervisor, at a port that stands in the folder; the call ends both."""
    config = Config(limits=WIDE)
    room = Room.of(
        supervisor, config, Keys(folder / "keys.json"), PreferencesFile(folder / "settings.json"), Log()
    )
    sock, ending = listening(config.host, 0), Ending(room)
    server = server_of(create_app(room), config, room.log, ending)
    settle(room)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    write_whole(folder / PORT, str(sock.getsockname()[1]).encode())

    def end() -> None:
        ending()
        server.should_exit = True
        thread.join()
        sock.close()

    return end


def wakening_pipe() -> tuple[int, int]:
    """Readable once a signal to end came. An Event would not do: its handler runs in the main thread alone, which goes
    on waiting where the system gave the signal to another one.
    """
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    return ended, end


def end_with_the_trial(end: int) -> None:
    """Whatever ends the process that started this one closes the other end of this input."""
    os.read(sys.stdin.fileno(), 1)
    os.write(end, b".")


def accept(listener: Listener, supervisor: Supervisor) -> None:
    while True:
        try:
            connection = listener.accept()
        except OSError:
            continue  # a caller that was gone before it was heard
        threading.Thread(target=answer, args=(connection, supervisor), daemon=True).start()


def answer(connection: Connection, supervisor: Supervisor) -> None:
    try:
        while True:
            method, arguments = connection.recv()
            connection.send(outcome(Desk(supervisor), method, arguments))
    except (EOFError, OSError):
        return


def outcome(desk: Desk, method: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
    try:
        return "ok", getattr(desk, method)(**arguments)
    except PawletteError as error:
        return (
            "error",
            type(error).__name__,
            str(error),
            error.retry_after if isinstance(error, QueueFull) else 0.0,
        )


class Desk:
    """What may be asked."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor

    def submit(self, seeds: list[int], owner: str, key: str | None, digest: str, steps: int) -> list[str]:
        entries = [
            self.supervisor.read("a cute panda", seed=seed, steps=steps, owner=owner) for seed in seeds
        ]
        idempotency = None if key is None else Idempotency(key, digest)
        return [record.id for record in self.supervisor.submit(entries, idempotency=idempotency)[0]]

    def state(self, job: str) -> tuple[str, str]:
        record = self.supervisor.get(job)
        return record.state.value, record.reason or ""

    def cancel(self, job: str) -> str:
        return self.supervisor.cancel(job).state.value

    def states(self) -> dict[str, int]:
        return {state.value: count for state, count in self.supervisor.counts().states.items()}

    def health(self) -> tuple[str, ...]:
        return self.supervisor.health().reasons

    def workers(self) -> list[tuple[int, bool, int]]:
        """Of each worker: its process, whether it draws, and the most attempts of what it draws."""
        return [
            (
                member.process.pid,
                bool(member.under_way),
                max((claim.record.attempts for claim in list(member.under_way.values())), default=0),
            )
            for member in tuple(self.supervisor.desk.crew.members)
            if member.is_ready
        ]

    def hung(self) -> int:
        return self.supervisor.desk.crew.hung

    def memory(self) -> list[tuple[int, int, int]]:
        """Of the server and each worker: resident KiB, descriptors, threads. Empty where the system is not Linux."""
        members = tuple(self.supervisor.desk.crew.members)
        pids = [os.getpid(), *(member.process.pid for member in members)]
        return (
            [held_by(Path("/proc") / str(pid)) for pid in pids] if Path("/proc/self/status").exists() else []
        )


def held_by(process: Path) -> tuple[int, int, int]:
    fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]), len(list((process / "fd").iterdir())), int(fields["Threads"])


if __name__ == "__main__":
    main(sys.argv[1])
