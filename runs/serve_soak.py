"""Hours of `pawlette serve` in minutes: real processes, the built-in model, clients without a pause; what they hold.

    python runs/serve_soak.py --minutes 30 [--workers 1] [--clients 3] [--out soak.json]

Each client asks for pictures (jobs with previews and their event stream, the Images API, refused words), fetches them,
and looks at the gallery and the metrics. Once in --every seconds the resident memory, descriptors and threads of each
process are read from /proc, so it needs Linux. The first sixth is left out: caches fill and allocators settle.
"""

import argparse
import http.client
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from pawlette.serve.chaos.server import held_by

ANIMALS = ("cat", "panda", "dolphin", "fox", "owl")
HELD = ("MiB", "descriptors", "threads")


class Client(threading.Thread):
    """Asks again and again until `stop` is set; `answers` counts what came."""

    def __init__(self, port, number, stop, answers):
        super().__init__(daemon=True)
        self.port, self.number, self.stop, self.answers = port, number, stop, answers
        self.failure = None

    def run(self):
        try:
            for turn in itertools.count():
                if self.stop.is_set():
                    return
                self.turn(turn)
        except Exception as failure:
            self.failure = failure

    def turn(self, turn):
        animal = ANIMALS[(turn + self.number) % len(ANIMALS)]
        status, said = self.ask("POST", "/v1/jobs", {"text": f"a cute {animal}", "previews": 2})
        if status == 202:
            (job,) = json.loads(said)["jobs"]
            self.ask("GET", f"/v1/jobs/{job['id']}/events")  # ends behind the job's last event
            self.ask("GET", f"/v1/jobs/{job['id']}/picture")
        self.ask("POST", "/v1/words", {"text": f"a {animal} with a gun"})
        self.ask("POST", "/v1/jobs", {"text": "a bloody knife"})  # refused
        self.ask("GET", ("/v1/jobs?limit=50", "/v1/queue", "/metrics", "/", "/v1/settings")[turn % 5])
        if turn % 5 == 4:
            wish = {"prompt": f"a happy {animal}", "n": 1, "stream": True, "partial_images": 2}
            self.ask("POST", "/v1/images/generations", wish)

    def ask(self, method, path, body=None):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            line.request(method, path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            said = answer.read()
        finally:
            line.close()
        self.answers[f"{method} {path.partition('?')[0].split('/')[1:3]} {answer.status}"] += 1
        return answer.status, said


def held(pid):
    """Resident MiB, open descriptors and threads of a process."""
    resident, descriptors, threads = held_by(Path("/proc") / str(pid))
    return resident / 1024, descriptors, threads


def children(pid):
    """All processes that `pid` started, with those that they did."""
    found = []
    for listed in (Path("/proc") / str(pid) / "task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            found += [child, *children(child)]
    return found


def named(server):
    """Name -> process of all that serve: the server, the process that workers come from, the workers."""
    names = {"server": server}
    for pid in sorted(children(server)):
        command = (Path("/proc") / str(pid) / "cmdline").read_text()
        if "resource_tracker" not in command:
            names["workers' parent" if "workers' parent" not in names else f"worker {len(names) - 1}"] = pid
    return names


def slope(points):
    """Least squares: units an hour of (seconds, value) pairs."""
    middle = sum(at for at, _ in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    return 3600 * sum((at - middle) * value for at, value in points) / spread


def listening(folder, *options):
    """`pawlette serve` in a process of its own, and its port, as soon as it listens."""
    code = "from pawlette.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", "--data", folder, *options],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return server, next(int(line.split(":")[2].split()[0]) for line in server.stdout if "serves at" in line)


def start(folder, workers):
    """The same, once it is ready."""
    server, port = listening(folder, "--workers", str(workers), "--per-minute", "1000000")
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", "/readyz")
        if line.getresponse().status == 200:
            return server, port
        time.sleep(0.2)


def watch(server, minutes, every, clients):
    """(seconds, name -> what it holds) again and again; ends early where the server or a client did."""
    begin, series = time.monotonic(), []
    while (now := time.monotonic() - begin) < 60 * minutes:
        if server.poll() is not None:
            raise SystemExit(f"the server ended with {server.returncode}")
        for client in clients:
            if client.failure is not None:
                raise SystemExit(f"a client was not answered: {client.failure!r}")
        series.append((now, {name: held(pid) for name, pid in named(server.pid).items()}))
        told = "; ".join(f"{name} {of[0]:.1f} MiB {of[1]} {of[2]}" for name, of in series[-1][1].items())
        print(f"{now / 60:6.1f} min  {told}", flush=True)
        time.sleep(every)
    return series


def report(series, answers):
    """Of each process: first and last, least and most of what it holds, and the slope of its memory."""
    end = series[-1][0]
    settled = [(at, of) for at, of in series if at >= end / 6]
    lines = {}
    for name in settled[-1][1]:
        points = [(at, of[name]) for at, of in settled if name in of]
        lines[name] = {
            what: {"first": points[0][1][n], "last": points[-1][1][n], "least": min(of[n] for _, of in points),
                   "most": max(of[n] for _, of in points)}
            for n, what in enumerate(HELD)
        }  # fmt: skip
        lines[name]["MiB an hour"] = slope([(at, of[0]) for at, of in points]) if len(points) > 1 else None
    return {
        "minutes": end / 60,
        "processes": lines,
        "restarts": len({tuple(of) for _, of in settled}) - 1,
        "answers": answers,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two looks")
    parser.add_argument("--out", type=Path, help="JSON with the series")
    given = parser.parse_args()
    stop, answers = threading.Event(), Counter()
    with tempfile.TemporaryDirectory(prefix="pawlette-soak-") as folder:
        server, port = start(folder, given.workers)
        try:
            clients = [Client(port, number, stop, answers) for number in range(given.clients)]
            for client in clients:
                client.start()
            series = watch(server, given.minutes, given.every, clients)
        finally:
            stop.set()
            server.send_signal(signal.SIGTERM)
            code = server.wait()
    said = report(series, dict(answers)) | {"exit": code}
    if given.out:
        given.out.write_text(json.dumps(said | {"series": series}, indent=1) + "\n")
    print(json.dumps(said))


if __name__ == "__main__":
    main()
