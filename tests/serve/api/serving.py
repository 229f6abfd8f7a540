"""A real server on 127.0.0.1 over a desk with the fake model, and clients of it."""

import io
import json
import re
import socket
import threading
import time
from contextlib import contextmanager, suppress

import httpx2

from pawlette.serve.api.app import create_app
from pawlette.serve.api.config import Config
from pawlette.serve.api.keys import Keys
from pawlette.serve.api.logs import Log
from pawlette.serve.api.preferences import PreferencesFile
from pawlette.serve.api.room import Room
from pawlette.serve.api.run import Ending
from pawlette.serve.api.server import listening, server_of
from tests.serve.api.fake_desk import FakeSupervisor

PIN = "2468"
PATIENCE = 60.0  # seconds until what never comes is said not to come: the machine may be busy
CAT = {"text": "a cat", "steps": 1}


class Served:
    """A server that runs, its desk, and what it has logged."""

    def __init__(self, folder, config, most_queued=100, page=None, tidy=60.0, routes=None):
        self.desk = FakeSupervisor(folder, most_queued=most_queued, studio_mode=config.studio_mode)
        self.desk.start()
        self.keys = Keys(folder / "keys.json")
        self.preferences = PreferencesFile(folder / "settings.json")
        self.preferences.set_pin(PIN)
        self.log_stream = io.StringIO()
        log = Log(self.log_stream)
        self.room = Room.of(self.desk, config, self.keys, self.preferences, log)
        more = {} if page is None else {"page": page}
        if routes is not None:
            more["more"] = routes(self.room)
        self.app = create_app(self.room, tidy=tidy, **more)
        self.socket = listening("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self.server = server_of(self.app, config, log, Ending(self.room))
        self.thread = threading.Thread(target=lambda: self.server.run([self.socket]), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def logged(self):
        return [json.loads(line) for line in self.log_stream.getvalue().splitlines()]

    def client(self, **headers):
        return httpx2.Client(base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False)


@contextmanager
def serving(folder, config=None, **options):
    served = Served(folder, config or Config(), **options)
    served.thread.start()
    try:
        until(lambda: served.server.started)
        yield served
    finally:
        served.desk.go.set()
        served.server.should_exit = True
        served.thread.join(PATIENCE)
        served.desk.close()
        served.socket.close()


def until(true, seconds=PATIENCE):
    """Wait for something that other threads do."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
    return found


def ended(client, job, seconds=PATIENCE):
    """The job as soon as it is final."""

    def look():
        found = client.get(f"/v1/jobs/{job}").json()
        return found if found["state"] not in ("queued", "running") else None

    return until(look, seconds)


def code(answer):
    """What an error's answer is known by."""
    return answer.status_code, answer.json()["error"]["code"]


def raw(served, request: bytes) -> bytes:
    """What comes back for these bytes: a whole answer, or what there is when the server closes."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):
            while not _is_whole(answer) and (part := connection.recv(65536)):
                answer += part
        return answer


def _is_whole(answer: bytes) -> bool:
    head, there, body = answer.partition(b"\r\n\r\n")
    if b"text/event-stream" in head:
        return bool(there)  # it goes on for ever
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return bool(there and length) and len(body) >= int(length[1])
