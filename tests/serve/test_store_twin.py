"""The SQLite store equals its plain twin, whatever is done to it in whatever order."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pawlette.errors import JobsError, QueueFull, UnknownJob
from pawlette.serve.jobs import Entry, Idempotency, Order, Reason, State
from tests.serve.twin import Twin

apsw = pytest.importorskip("apsw", reason="needs the [serve] extra")
from pawlette.serve.store_sqlite import SqliteStore  # noqa: E402

MOST = 6
OWNERS = st.sampled_from(["", "ada", "bo"])
ORDERS = st.builds(
    Order, text=st.just("a cat"), seed=st.integers(0, 2**63 - 1), width=st.just(256), height=st.just(256),
    steps=st.just(8), guidance=st.just(1.0), priority=st.sampled_from([0, 0, 0, 5]),
    patience=st.sampled_from([None, None, 40.0]),
)  # fmt: skip


class StoreAndTwin(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.twin = Twin(MOST)
        self.ids, self.claims = {}, []
        self.open()

    def open(self):
        self.store = SqliteStore(
            Path(self.folder.name) / "jobs.db",
            most_queued=MOST,
            clock=lambda: self.twin.wall,
            ticks=lambda: self.twin.wall,
        )

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    def both(self, with_store, with_twin):
        """Do it to both: they return alike or raise alike."""
        outcomes = []
        for act in (with_store, with_twin):
            try:
                outcomes.append(act())
            except JobsError as error:
                outcomes.append(type(error))
        ours, theirs = outcomes
        assert (ours if isinstance(ours, type) else None) == (theirs if isinstance(theirs, type) else None)
        return outcomes

    def some(self, data):
        """A number of a job, mostly of one that is there."""
        return data.draw(st.sampled_from(sorted(self.ids)))

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=4), owner=OWNERS, key=st.sampled_from([None, None, "k", "l"]),
          digest=st.sampled_from("xy"))  # fmt: skip
    def enqueue(self, orders, owner, key, digest):
        orders = [replace(order, owner=owner) for order in orders]
        idempotency = None if key is None else Idempotency(key, digest)
        ours, theirs = self.both(
            lambda: self.store.enqueue([Entry(order) for order in orders], idempotency=idempotency),
            lambda: self.twin.enqueue(orders, key, digest),
        )
        if not isinstance(ours, type):
            records, _new = ours
            assert [record.number for record in records] == theirs
            self.ids |= {record.number: record.id for record in records}

    @rule(suspects=st.sampled_from([None, None, True, False]))
    def claim(self, suspects):
        claim = self.store.claim("w", lease=20, suspects=suspects)
        theirs = self.twin.claim(20, suspects)
        assert (claim and (claim.record.number, claim.fence)) == theirs
        if claim:
            assert claim.is_suspect == (self.twin.jobs[theirs[0]].attempts > 1)
            self.claims.append(theirs)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), how=st.sampled_from(["finish", "fail", "release", "give back", "renew", "step"]))
    def answer(self, data, how):
        number, fence = data.draw(st.sampled_from(self.claims[-6:]))
        job, picture = self.ids[number], f"{number}.png"
        match how:
            case "finish":
                done = self.store.finish(job, fence, picture=picture, seconds={"denoise": 1.5})
                assert done == self.twin.close_claim(number, fence, "done", "drawn", picture)
            case "fail":
                done = self.store.fail(job, fence, Reason.DRAWING_FAILED, "no picture")
                assert done == self.twin.close_claim(number, fence, "failed", "drawing_failed")
            case "release" | "give back":
                self.store.release(job, fence, blame=how == "release")
                self.twin.release(number, fence, how == "release")
            case "renew":
                held = self.store.renew([(job, fence)], lease=20)
                assert bool(held) == self.twin.holds(number, fence)
                if held:
                    self.twin.leases[number] = self.twin.wall + 20
            case "step":
                assert self.store.progress(job, fence, 3) == self.twin.holds(number, fence)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def cancel(self, data):
        number = self.some(data)
        self.both(lambda: self.store.cancel(self.ids[number]), lambda: self.twin.cancel(number))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), to=st.integers(0, MOST + 1))
    def move(self, data, to):
        number = self.some(data)
        self.both(lambda: self.store.move(self.ids[number], to), lambda: self.twin.move(number, to))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), priority=st.sampled_from([-1, 0, 5]))
    def prioritise(self, data, priority):
        number = self.some(data)
        self.both(
            lambda: self.store.prioritise(self.ids[number], priority),
            lambda: self.twin.prioritise(number, priority),
        )

    @rule(paused=st.sampled_from([True, False, False, False]))
    def pause(self, paused):
        (self.store.pause if paused else self.store.resume)()
        self.twin.paused = paused

    @rule(seconds=st.sampled_from([1, 15, 30]))
    def time_passes(self, seconds):
        self.twin.wall += seconds
        self.store.expire()
        self.twin.expire()

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), how=st.sampled_from(["purge", "purge", "one", "one", "one", "owner", "all"]))
    def tidy(self, data, how):
        """In one rule, so that a store is seldom emptied."""
        jobs = list(self.twin.jobs.values())
        match how:
            case "purge":
                before = self.twin.wall - 40
                chosen = [job for job in jobs if job.ended_at is not None and job.ended_at < before]
                deleted = self.store.purge(before)
            case "one":
                number = self.some(data)
                chosen = [job for job in jobs if job.number == number]
                if not chosen:
                    with pytest.raises(UnknownJob):
                        self.store.delete(self.ids[number])
                    return
                deleted = self.store.delete(self.ids[number])
            case "owner":
                chosen = [job for job in jobs if job.order.owner == "ada"]
                deleted = self.store.delete_everything(owner="ada")
            case _:
                chosen, deleted = jobs, self.store.delete_everything()
        assert sorted(deleted.jobs) == sorted(self.ids[job.number] for job in chosen)
        assert set(deleted.pictures) == {job.picture for job in chosen if job.picture}
        assert len(deleted.running) == sum(job.state == "running" for job in chosen)
        self.twin.delete(chosen)

    @rule()
    def reopen(self):
        self.store.close()
        self.open()
        self.twin.reopen()

    @invariant()
    def the_same_jobs(self):
        ours = {record.number: record for record in self.store.page(limit=1000).records}
        assert ours.keys() == self.twin.jobs.keys()
        places = {job.number: place for place, job in enumerate(self.twin.queue())}
        for number, job in self.twin.jobs.items():
            record = ours[number]
            assert (record.state, record.reason, record.attempts, record.order.priority, record.picture) == (
                job.state, job.reason, job.attempts, job.priority, job.picture
            )  # fmt: skip
            assert record.position == places.get(number)
            assert record.order.seed == job.order.seed

    @invariant()
    def the_same_queue(self):
        assert [record.number for record in self.store.queue()] == [job.number for job in self.twin.queue()]
        assert self.store.waiting == len(self.twin.queue())
        self.store.check_room(MOST - self.store.waiting)
        with pytest.raises(QueueFull):
            self.store.check_room(MOST - self.store.waiting + 1)

    @invariant()
    def the_same_events(self):
        kinds = {}
        for event in self.store.events(0, limit=10_000):
            kinds.setdefault(event.job, []).append(event.kind)
        assert kinds == {self.ids[number]: job.events for number, job in self.twin.jobs.items()}

    @invariant()
    def nothing_is_lost_and_nothing_ends_twice(self):
        counts = self.store.counts()
        ended = sum(count for name, count in counts.totals.items() if ":" in name)
        assert counts.totals.get("accepted", 0) == self.twin.accepted
        assert ended == self.twin.ended
        assert counts.totals.get("deleted", 0) == self.twin.deleted
        assert self.twin.accepted == ended + self.twin.deleted + counts.open
        assert counts.states[State.QUEUED] == len(self.twin.queue())


StoreAndTwin.TestCase.settings = settings(
    max_examples=20, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStoreAndTwin = StoreAndTwin.TestCase
