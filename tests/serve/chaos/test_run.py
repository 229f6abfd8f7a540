"""A part of the fault table against real processes; all of it is `pawlette chaos`."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

pytest.importorskip("apsw", reason="needs the [serve] extra")

from pawlette.cli import main
from pawlette.serve.chaos.acts import expect
from pawlette.serve.chaos.run import HEAD, NAMES, attempt, run
from pawlette.serve.chaos.trial import Audit, OutOfTime, Trial


@pytest.mark.slow
def test_a_storm_loses_nothing_and_doubles_nothing():
    lines = []
    assert run(1, names=["storm"], jobs=60, kills=8, seconds=170, report=lines.append), "\n".join(lines)
    assert lines[0] == HEAD
    assert lines[1].split()[:4] == ["ok", "storm", "60", "60"]


@pytest.mark.slow
def test_faults_of_one_job_one_worker_and_one_disk():
    names = [
        "duplicate keys",
        "poison",
        "hang",
        "kill between rename and done",
        "cancel",
        "disk full: pictures",
    ]
    lines = []
    assert run(2, names=names, seconds=170, report=lines.append), "\n".join(lines)
    assert len(lines) == 1 + len(names)


def test_a_broken_promise_is_seen(tmp_path, monkeypatch, request):
    """A row that finds something broken, and an audit that finds something lost, are not "ok"."""
    assert not Audit(3, {}, 0, lost=1, doubled=0, wrong=0).is_clean
    assert not Audit(3, {}, 0, lost=0, doubled=1, wrong=0).is_clean

    def breaks(trial, chance):
        expect(False, "two pictures of one job")

    trial = Trial(tmp_path)
    request.addfinalizer(trial.close)
    monkeypatch.setattr(trial, "start", lambda: None)
    said, held = attempt(breaks, trial, None)
    assert not held
    assert "two pictures of one job" in said


def test_the_server_ends_whichever_of_its_threads_the_signal_reaches(tmp_path):
    """The thread that waits for it has it blocked, as where the system chose another one."""
    code = (
        "import os, signal, threading, time\n"
        "from pawlette.serve.chaos.server import wakening_pipe\n"
        "ended, end = wakening_pipe()\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "os.read(ended, 1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=300, check=False).returncode == 0


def test_a_server_that_does_not_end_is_not_left_in_its_successors_place(tmp_path, monkeypatch, request):
    monkeypatch.setattr("pawlette.serve.chaos.trial.PATIENCE", 0.2)
    trial = Trial(tmp_path)
    request.addfinalizer(trial.close)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    trial.server = server = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    with server:
        server.stdout.readline()
        with pytest.raises(OutOfTime):
            trial.end()
        assert server.poll() == -signal.SIGKILL


def test_the_audit_counts(tmp_path, request):
    """A store made by hand, with one of each fault in it."""
    from pawlette.serve.jobs import Entry, Order
    from pawlette.serve.supervisor import FILE

    trial = Trial(tmp_path)
    request.addfinalizer(trial.close)
    pictures = tmp_path / "data" / "pictures"
    pictures.mkdir(parents=True)
    order = Order("a cat", seed=1, width=256, height=256, steps=4, guidance=1.0)
    with trial.store() as store:
        assert (tmp_path / "data" / FILE).exists()
        records, _ = store.enqueue([Entry(order)] * 4)
        for record in records[:3]:
            claim = store.claim("w", lease=10)
            store.finish(record.id, claim.fence, picture=f"{record.id}.png")
        store._db.execute(
            "INSERT INTO events (job, owner, kind, at, data) VALUES (?, '', 'done', 1.0, '{}')",
            (records[1].id,),
        )
    for record in records[1:3]:
        (pictures / f"{record.id}.png").write_bytes(b"no picture")
    (pictures / "orphan.png").touch()
    audits, remains = trial.audit(
        {"row": [record.id for record in records[:2]] + ["forgotten"], "open": [records[3].id]}
    )
    row = audits["row"]
    assert (row.accepted, row.ended, row.lost, row.doubled, row.wrong) == (3, {"done": 2}, 2, 1, 1)
    assert (audits["open"].lost, remains.unknown, remains.orphans, remains.processes) == (1, 1, 1, 0)


def test_an_unknown_row_is_named():
    result = CliRunner().invoke(main, ["chaos", "--row", "earthquake"])
    assert result.exit_code == 2
    assert all(name in result.stderr for name in NAMES)
