"""The rows of the fault table. Each takes a Trial that runs, does its harm, and says in a sentence what it saw.

A row ends when its jobs have; what is lost or doubled is counted afterwards, in the audit. Raises Broken where the
promise did not hold in a way that no audit sees. The rows of many jobs are in `loads`.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pawlette.errors import CannotSave, KeyReused, QueueClosed, QueueFull, StoreUnusable
from pawlette.serve.chaos.acts import Broken, Row, expect, insist, seeds, still_open
from pawlette.serve.chaos.loads import flooding
from pawlette.serve.chaos.quick import POISON, UNDRAWABLE, arm
from pawlette.serve.chaos.trial import Gone, Trial, until
from pawlette.serve.jobs import ATTEMPTS
from pawlette.serve.supervisor import FILE


def kill_between_rename_and_done(trial: Trial, chance: random.Random) -> str:
    """Twice two at a time: more in a row could make an innocent job poison, which is another row's."""
    for _ in range(2):
        arm(trial.faults, "saved", 2)
        trial.wait_ended(trial.submit(seeds(chance, 6)))
        expect(not list(trial.faults.glob("kill-*")), "not every worker ended where it should")
    return "4 workers killed when their file was there and nobody knew"


def kill_everything(trial: Trial, chance: random.Random) -> str:
    """The server with all that it started, at once."""
    ids = trial.submit(seeds(chance, 10))
    until(lambda: still_open(trial)[1] > 0)
    assert trial.server is not None
    os.killpg(trial.server.pid, signal.SIGKILL)
    trial.kill()
    trial.start()
    trial.wait_ended(ids)
    return "server and workers killed together"


def kill_while_accepting(trial: Trial, chance: random.Random) -> str:
    """64 clients at once; the server is killed in the midst, and they ask again with their keys."""
    given, before = seeds(chance, 64), len(trial.accepted)
    with ThreadPoolExecutor(64) as clients:
        answers = [
            clients.submit(insist, trial, [seed], f"one-{at}", "abcd"[at % 4], 1)
            for at, seed in enumerate(given)
        ]
        until(lambda: len(trial.accepted) > before + 8)
        trial.kill()
        known = len(trial.accepted) - before
        trial.start()
        ids = [id_ for answer in answers for id_ in answer.result()]
    expect(len(set(ids)) == 64, f"64 requests have {len(set(ids))} ids")
    trial.wait_ended(ids)
    return f"server killed after {known} of 64 answers; 64 ids"


def sigterm(trial: Trial, chance: random.Random) -> str:
    """What runs finishes, what waits stays, nothing new is taken, exit 0."""
    ids = trial.submit(seeds(chance, 30), steps=8)
    until(lambda: still_open(trial)[1] > 0)
    line = trial.connect()
    code = trial.end()
    with contextlib.suppress(Gone, QueueClosed):
        trial.ask("submit", line, seeds=[1], owner="", key=None, digest="", steps=1)
        raise Broken("a server that ended took another job")
    with trial.store() as store:
        states = Counter(str(store.get(id_).state) for id_ in ids)
    expect(code == 0, f"it ended with {code}")
    expect(states["running"] == 0 and states["queued"] > 0 and states["done"] > 0, f"it left {dict(states)}")
    trial.start()
    trial.wait_ended(ids)
    return (
        f"exit {code}; {states['done']} finished, {states['queued']} stayed queued and were drawn by the next"
    )


def poison(trial: Trial, chance: random.Random) -> str:
    """One job ends every process that draws it; its neighbours are drawn."""
    bad, *others = trial.submit([POISON, *seeds(chance, 9)])
    (broken,) = trial.submit([UNDRAWABLE])
    trial.wait_ended([bad, broken, *others])
    said = [trial.ask("state", job=job) for job in (bad, broken)]
    expect(said == [("failed", "poisoned"), ("failed", "drawing_failed")], f"they ended as {said}")
    ended = Counter(trial.ask("state", job=job)[0] for job in others)
    expect(ended["done"] == len(others), f"its neighbours ended as {dict(ended)}")
    return f"failed(poisoned) after {ATTEMPTS} attempts, one without a picture failed; {len(others)} neighbours done"


def hang(trial: Trial, chance: random.Random) -> str:
    """Workers that are stopped in the midst of a picture are replaced."""
    ids = trial.submit(seeds(chance, 8), steps=8)
    before = trial.ask("hung")
    pid = until(lambda: next((pid for pid, draws, _ in trial.ask("workers") if draws), 0))
    start = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    until(lambda: trial.ask("hung") > before, what="a stopped worker was not found")
    found = time.monotonic() - start
    trial.wait_ended(ids)
    return f"found after {found:.1f} s and replaced"


def full_disk(trial: Trial, chance: random.Random) -> str:
    """Pictures cannot be saved for a while: new requests are refused, accepted ones are drawn when there is room."""
    ids = trial.submit(seeds(chance, 6))
    (trial.faults / "full").touch()
    until(lambda: [why for why in trial.ask("health") if "save" in why], what="a full disk was not said")
    with contextlib.suppress(CannotSave):
        trial.submit(seeds(chance, 1))
        raise Broken("a request was accepted while no picture could be saved")
    (trial.faults / "full").unlink()
    trial.wait_ended(ids)
    trial.wait_ready()
    ended = Counter(trial.ask("state", job=job)[0] for job in ids)
    expect(ended["done"] == len(ids), f"they ended as {dict(ended)}")
    return f"not ready, requests refused while full; {len(ids)} drawn afterwards"


def full_store(trial: Trial, chance: random.Random) -> str:
    """The store's own disk is full (SQLITE_FULL): the request is refused whole, what was accepted is drawn."""
    trial.end()
    with trial.store() as store:
        pages = int(store._db.pragma("page_count"))
    trial.start(max_pages=pages + 12)
    accepted = refused = 0
    while not refused and accepted < 2000:
        try:
            accepted += len(trial.submit(seeds(chance, 20), steps=1))
        except (CannotSave, QueueFull) as error:
            refused += isinstance(error, CannotSave)
            time.sleep(0.02)
    expect(refused == 1, f"{accepted} jobs found room where there was none")
    trial.kill()
    trial.start()
    trial.wait_ended()
    return f"refused after {accepted} jobs; all of them drawn once there was room"


def duplicates(trial: Trial, chance: random.Random) -> str:
    """20 equal requests at once are one job; the same key with another body is refused."""
    (seed,) = seeds(chance, 1)
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: insist(trial, [seed], "the-same"), range(20)))
    expect(len({id_ for ids in answers for id_ in ids}) == 1, "20 equal keys made several jobs")
    with contextlib.suppress(KeyReused):
        trial.submit([seed + 1], key="the-same")
        raise Broken("the same key with another body was accepted")
    trial.wait_ended(answers[0])
    return "20 equal keys, 1 job; another body refused"


def cancelling(trial: Trial, chance: random.Random) -> str:
    """Waiting and running jobs; none of them is published."""
    ids = trial.submit(seeds(chance, 16), steps=8)
    until(lambda: still_open(trial)[1] > 0)
    ended = Counter(trial.ask("cancel", job=job) for job in ids[::2])
    trial.wait_ended(ids)
    states = Counter(trial.ask("state", job=job)[0] for job in ids)
    expect(
        states["cancelled"] + states["done"] == 16 and states["cancelled"] >= 6,
        f"they ended as {dict(states)}",
    )
    return f"{ended['cancelled']} of 8 cancelled in time, {states['done']} done"


def no_model(trial: Trial, chance: random.Random) -> str:
    """Workers that cannot start are tried ever more slowly, with the reason; what was accepted is drawn later."""
    trial.end()
    trial.kind = "none"
    trial.start(workers=1)
    ids = trial.submit(seeds(chance, 3))
    reason = until(lambda: next((why for why in trial.ask("health") if "trial" in why), ""))
    time.sleep(1.0)
    trial.end()
    trial.kind = trial.first_kind
    trial.start()
    trial.wait_ended(ids)
    return f"not ready: {reason!r}; 3 drawn by the next server"


def damaged_store(trial: Trial, chance: random.Random) -> str:
    """A file that is empty, cut, overwritten, gone or in use is an error, and is left as it is."""
    trial.wait_ended(trial.submit(seeds(chance, 1)))
    trial.end()
    path = trial.folder / "data" / FILE
    whole = path.read_bytes()
    torn = bytearray(whole)
    torn[4096:8192] = chance.randbytes(4096)
    harms = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "overwritten": bytes(torn),
        "other": b"no database" * 99,
    }
    try:
        _harm(trial, path, harms)
    finally:
        path.write_bytes(whole)
    with trial.store():
        _expect_unusable(trial, "in use")
    trial.start()
    return f"{', '.join(harms)}, gone, in use: named, refused, left as it was"


def _harm(trial: Trial, path: Path, harms: dict[str, bytes]) -> None:
    for name, harmed in harms.items():
        path.write_bytes(harmed)
        _expect_unusable(trial, name)
        expect(path.read_bytes() == harmed, f"a store that was {name} was written to")
    path.unlink()
    _expect_unusable(trial, "gone")
    expect(not path.exists(), "a new store was made in silence where pictures were")


def _expect_unusable(trial: Trial, harm: str) -> None:
    with contextlib.suppress(StoreUnusable), trial.store():
        raise Broken(f"a store that was {harm} was opened")


ROWS: dict[str, Row] = {
    "duplicate keys": duplicates,
    "poison": poison,
    "hang": hang,
    "kill between rename and done": kill_between_rename_and_done,
    "cancel": cancelling,
    "disk full: pictures": full_disk,
    "one owner floods": flooding,
    "SIGTERM": sigterm,
    "kill everything": kill_everything,
    "kill while accepting": kill_while_accepting,
    "disk full: store": full_store,
    "no model": no_model,
    "damaged store": damaged_store,
}
