"""Stock ComfyUI, ComfyUI with Pawlette's nodes, and Pawlette's server: the same pictures a minute, on this machine.

    python runs/comfyui_compare.py --comfyui DIR [--python PYTHON] [--prompts 16] [--rounds 3] [--out compare.json]

All three draw the same prompts with the built-in model on the CPU. `stock`: Pawlette Load lends ComfyUI's own KSampler
(euler, simple, cfg 1), VAE Decode and Save Image its weights; `pack`: Pawlette Draw and Save (async) in the same
ComfyUI; `server`: the pack's workflow at `pawlette serve --comfyui`. A round queues all prompts at once and ends when
the last picture can be fetched; ways take turns in which comes first. Says pictures a minute, how much of the
processor's cores was used meanwhile, and where the time went: by node, as the websocket tells, and for the server by
stage, as its jobs tell (they overlap, so their sum may exceed the time). PYTHON runs ComfyUI and needs its requirements
and Pawlette; its log lies in a temporary folder that is named where it does not start.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

from serve_soak import children
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent
ANIMALS = ("panda", "cat", "dolphin", "fox", "owl", "rabbit", "penguin", "lion")
PATIENCE = 900.0  # seconds for a round
CLIENT = "compare"
LOAD = {
    "class_type": "PawletteLoad",
    "inputs": {"model": "builtin", "precision": "auto", "gate": "kid", "decoder": "full", "lora": "none",
               "lora_strength": 1},
}  # fmt: skip


def words(number):
    return f"a cute {ANIMALS[number % len(ANIMALS)]}"


def stock(number):
    """ComfyUI's own nodes behind the model's loader; its empty latent is an eighth, the model's a sixteenth."""
    sampler = {
        "model": ["1", 1], "positive": ["2", 2], "negative": ["2", 3], "latent_image": ["3", 0], "seed": number,
        "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
    }  # fmt: skip
    prompt = {"pawlette": ["1", 0], "words": words(number), "style": "storybook"}
    return {
        "1": LOAD,
        "2": {"class_type": "PawlettePrompt", "inputs": prompt},
        "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": 1}},
        "4": {"class_type": "KSampler", "inputs": sampler},
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "stock"}},
    }


def pack(number):
    draw = {
        "pawlette": ["1", 0], "words": words(number), "style": "storybook", "seed": number, "count": 1, "width": 0,
        "height": 0, "steps": 0, "guidance": 0, "transparent": False, "finish": "off",
    }  # fmt: skip
    return {
        "1": LOAD,
        "2": {"class_type": "PawletteDraw", "inputs": draw},
        "3": {"class_type": "PawletteSave", "inputs": {"filename_prefix": "pack", "pictures": ["2", 2]}},
    }


class Server:
    """One that speaks ComfyUI's API, and the process behind it."""

    def __init__(self, port, process):
        self.port, self.process = port, process
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=120) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.get(path))

    def queue(self, prompt):
        body = json.dumps({"prompt": prompt, "client_id": CLIENT}).encode()
        request = urllib.request.Request(self.address + "/prompt", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())["prompt_id"]

    def pictures(self, ids):
        """Waits until each prompt ended and its picture was fetched; their sizes in bytes."""
        open_, sizes, end = set(ids), [], time.monotonic() + PATIENCE
        while open_ and time.monotonic() < end:
            time.sleep(0.2)  # a server may refuse who asks without a pause
            history = self.json("/history")
            for id_ in sorted(open_ & history.keys()):
                if history[id_]["status"]["status_str"] != "success":
                    raise SystemExit(f"a prompt ended badly: {history[id_]['status']}")
                (said,) = [
                    image for node in history[id_]["outputs"].values() for image in node.get("images", ())
                ]
                query = f"filename={said['filename']}&subfolder={said['subfolder']}&type={said['type']}"
                sizes.append(len(self.get(f"/view?{query}")))
                open_.discard(id_)
        if open_:
            raise SystemExit(f"{len(open_)} prompts did not end within {PATIENCE:g} s")
        return sizes


class Nodes(threading.Thread):
    """What the websocket tells: node's kind -> seconds, from its `executing` to the next one's."""

    def __init__(self, server, prompts):
        super().__init__(daemon=True)
        self.line = connect(f"ws://127.0.0.1:{server.port}/ws?clientId={CLIENT}", max_size=None)
        self.prompts, self.seconds = prompts, Counter()

    def run(self):
        began = {}
        try:
            for message in self.line:
                if isinstance(message, bytes):
                    continue
                told = json.loads(message)
                if told["type"] == "executing":
                    data, now = told["data"], time.monotonic()
                    if (running := began.pop(data["prompt_id"], None)) is not None:
                        self.seconds[running[0]] += now - running[1]
                    if data["node"] is not None and data["prompt_id"] in self.prompts:
                        kind = self.prompts[data["prompt_id"]][data["node"]]["class_type"]
                        began[data["prompt_id"]] = kind, now
        except ConnectionClosed:
            return


def processor_seconds(pid):
    """User and system time of a process and its children that live."""
    ticks = 0
    for one in (pid, *children(pid)):
        fields = (Path("/proc") / str(one) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(command, folder, ready, port=None, **options):
    """A server on `port`, once `ready` answers."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **options)
    server, end = Server(port, process), time.monotonic() + 300
    try:
        while True:
            try:
                server.get(ready)
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(
                        f"it did not start:\n{log.read_text(errors='replace')[-3000:]}"
                    ) from None
                time.sleep(0.2)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def comfyui(folder, base, python):
    for name in ("models", "input", "output", "custom_nodes"):
        (base / name).mkdir()
    (base / "custom_nodes" / "comfyui-pawlette").symlink_to(ROOT / "comfyui-pawlette")
    port = free_port()
    command = [python, "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(port), "--base-directory", base,
               "--database-url", "sqlite:///:memory:", "--disable-auto-launch"]  # fmt: skip
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return running(command, base, "/system_stats", port, cwd=folder, env=os.environ | {"PYTHONPATH": paths})


def pawlette(base):
    port = free_port()
    command = [sys.executable, "-c", "from pawlette.cli import main; main()", "serve", "--comfyui", "--port",
               str(port), "--data", str(base / "data"), "--per-minute", "100000"]  # fmt: skip
    return running(command, base, "/readyz", port, cwd=ROOT)


def one_round(server, make, numbers):
    """Queues all, waits for the last picture."""
    prompts = {}
    nodes = Nodes(server, prompts)
    nodes.start()
    before, begin = processor_seconds(server.process.pid), time.monotonic()
    for number in numbers:
        prompt = make(number)
        prompts[server.queue(prompt)] = prompt
    sizes = server.pictures(list(prompts))
    took = time.monotonic() - begin
    used = processor_seconds(server.process.pid) - before
    nodes.line.close()
    nodes.join(10)
    return {
        "seconds": took,
        "a minute": 60 * len(sizes) / took,
        "cores used": used / took / os.cpu_count(),
        "nodes": dict(nodes.seconds),
        "stages": stages(server, prompts),
    }


def stages(server, prompts):
    """What Pawlette's jobs say their stages took; nothing at ComfyUI."""
    total = Counter()
    for id_ in prompts:
        try:
            job = server.json(f"/v1/jobs/{id_.replace('-', '')}")
        except urllib.error.HTTPError:
            return {}
        total.update(job["seconds"])
    return dict(total)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--comfyui", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with ExitStack() as stack:
        there, here = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pawlette-compare-")))
            for _ in range(2)
        )
        foreign = stack.enter_context(comfyui(given.comfyui, there, given.python))
        own = stack.enter_context(pawlette(here))
        ways = [("stock", foreign, stock), ("pack", foreign, pack), ("server", own, pack)]
        rounds = {name: [] for name, _, _ in ways}
        for _, server, make in ways:
            one_round(server, make, [999])  # not counted: weights are loaded
        for turn in range(given.rounds):
            for name, server, make in ways[turn % 3 :] + ways[: turn % 3]:
                numbers = range(1000 * turn, 1000 * turn + given.prompts)  # seeds that no cache knows
                rounds[name].append(one_round(server, make, numbers))
                print(name, json.dumps(rounds[name][-1]), flush=True)
    said = {name: statistics.median(one["a minute"] for one in all_) for name, all_ in rounds.items()}
    said |= {
        f"{name} / stock": statistics.median(
            one["a minute"] / plain["a minute"] for one, plain in zip(rounds[name], rounds["stock"], strict=True)
        )
        for name in ("pack", "server")
    }  # fmt: skip
    if given.out:
        given.out.write_text(json.dumps(said | {"rounds": rounds}, indent=1) + "\n")
    print(json.dumps(said))


if __name__ == "__main__":
    main()
