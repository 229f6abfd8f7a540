"""The rules of the store, one by one; that it equals its plain twin in any order of acts is `test_store_twin`."""

import threading

import pytest

from pawlette.errors import BadJob, CannotSave, KeyReused, QueueFull, UnknownJob, WrongState
from pawlette.serve.jobs import ATTEMPTS, RESTARTS, Idempotency, Reason, State


def enqueue(store, *entries, **given):
    return store.enqueue(entries, **given)[0]


def draw(store, claim):
    return store.finish(claim.id, claim.fence, picture=f"{claim.id}-{claim.fence}.png")


def kinds(store, job):
    return [event.kind for event in store.events(0, jobs=[job])]


def test_a_job_goes_its_way(store, entry, time):
    (record,) = enqueue(store, entry(seed=2**63 - 1, owner="ada"))
    assert (record.state, record.position, record.said, record.understood) == (
        State.QUEUED, 0, ("heard",), {"text": "a cute panda"}
    )  # fmt: skip
    claim = store.claim("w", lease=10)
    assert (claim.id, claim.record.state, claim.is_suspect) == (record.id, State.RUNNING, False)
    assert claim.record.order == entry(seed=2**63 - 1, owner="ada").order
    assert store.progress(claim.id, claim.fence, 3)
    assert store.get(record.id).step == 3
    time.now += 5
    assert store.finish(claim.id, claim.fence, picture="x.png", seconds={"denoise": 4.5})
    done = store.get(record.id)
    assert (done.state, done.reason, done.picture, done.ended_at) == (
        State.DONE,
        Reason.DRAWN,
        "x.png",
        1005.0,
    )
    assert (done.seconds, done.step) == ({"denoise": 4.5}, 4)
    assert kinds(store, record.id) == ["queued", "running", "done"]
    assert store.pictures() == {"x.png"}


def test_an_old_fence_publishes_nothing(store, entry, time):
    """A worker hangs, another draws the job anew, and then the first one comes back."""
    (record,) = enqueue(store, entry())
    late = store.claim("hung", lease=10)
    time.now += 11
    assert [one.id for one in store.expire()] == [record.id]
    again = store.claim("other", lease=10)
    assert again.is_suspect
    assert again.fence != late.fence
    assert not draw(store, late)
    assert not store.fail(late.id, late.fence, Reason.DRAWING_FAILED, "late")
    assert not store.progress(late.id, late.fence, 4)
    assert store.release(late.id, late.fence) is None
    assert store.renew([(late.id, late.fence)], lease=10) == frozenset()
    assert store.get(record.id).state is State.RUNNING
    assert draw(store, again)
    assert not draw(store, again)
    assert store.get(record.id).picture == f"{record.id}-{again.fence}.png"
    assert kinds(store, record.id).count("done") == 1


def test_a_renewed_lease_does_not_run_out(store, entry, time):
    enqueue(store, entry())
    claim = store.claim("w", lease=10)
    for _ in range(5):
        time.now += 8
        assert store.renew([(claim.id, claim.fence)], lease=10) == {claim.id}
        assert store.expire() == ()


def test_what_ends_its_workers_is_poison_and_its_neighbours_are_not(store, entry):
    bad, good = enqueue(store, entry(), entry())
    for attempt in range(1, ATTEMPTS + 1):
        claim = store.claim("w", lease=10)
        assert (claim.id, claim.record.attempts) == (bad.id, attempt)
        store.release(claim.id, claim.fence)
    ended = store.get(bad.id)
    assert (ended.state, ended.reason) == (State.FAILED, Reason.POISONED)
    assert "3 times" in ended.message
    assert store.claim("w", lease=10).id == good.id


def test_what_is_given_back_without_blame_forgets_the_attempt(store, entry):
    enqueue(store, entry())
    for _ in range(3 * ATTEMPTS):
        claim = store.claim("w", lease=10)
        assert store.release(claim.id, claim.fence, blame=False).state is State.QUEUED
    assert store.suspects() == 0


def test_suspects_are_claimed_apart(store, entry):
    first, second = enqueue(store, entry(), entry())
    claim = store.claim("w", lease=10)
    store.release(claim.id, claim.fence)
    assert store.suspects() == 1
    assert store.claim("w", lease=10, suspects=False).id == second.id
    assert store.claim("w", lease=10, suspects=False) is None
    assert store.claim("w", lease=10, suspects=True).id == first.id


def test_a_running_job_is_drawn_anew_after_a_restart(store, open_store, entry):
    (record,) = enqueue(store, entry(seed=5))
    old = store.claim("w", lease=10)
    store.close()
    again = open_store()
    assert again.get(record.id).state is State.QUEUED
    assert not draw(again, old)
    claim = again.claim("w", lease=10)
    assert (claim.id, claim.record.attempts, claim.record.order.seed) == (record.id, 1, 5)
    assert kinds(again, record.id) == ["queued", "running", "queued", "running"]


def test_a_job_that_sees_many_servers_end_is_tried_no_more(open_store, entry):
    store = open_store()
    (record,) = enqueue(store, entry())
    for _ in range(RESTARTS):
        assert store.claim("w", lease=10) is not None
        store.close()
        store = open_store()
    assert store.get(record.id).reason is Reason.POISONED
    assert store.claim("w", lease=10) is None


def test_all_of_a_request_or_nothing(store, entry):
    enqueue(store, *[entry()] * 15)
    store.pace = 2.0
    with pytest.raises(QueueFull, match="15 pictures are waiting, 20 may") as error:
        enqueue(store, *[entry()] * 6)
    assert error.value.retry_after == 2.0
    assert len(store.queue()) == 15
    with pytest.raises(BadJob, match="-9 to 9"):
        enqueue(store, entry(), entry(priority=10))
    with pytest.raises(ValueError, match="one owner"):
        enqueue(store, entry(owner="a"), entry(owner="b"))
    with pytest.raises(ValueError, match="at least one"):
        enqueue(store)
    assert store.counts().totals == {"accepted": 15}


def test_equal_keys_are_one_request_even_where_the_queue_is_full(store, entry):
    key = Idempotency("k", "body")
    first, new = store.enqueue([entry(), entry()], idempotency=key)
    assert new
    enqueue(store, *[entry()] * 18)
    again, new = store.enqueue([entry(), entry()], idempotency=key)
    assert not new
    assert [record.id for record in again] == [record.id for record in first]
    with pytest.raises(KeyReused, match="another request"):
        store.enqueue([entry()], idempotency=Idempotency("k", "other body"))
    store.delete(first[0].id)
    assert [record.id for record in store.enqueue([entry()], idempotency=key)[0]] == [first[1].id]
    store.delete(first[1].id)
    assert store.enqueue([entry()], idempotency=key)[1], "a key is forgotten with the last of its jobs"


def test_equal_keys_at_once_from_many_threads(store, entry):
    ids, start = [], threading.Barrier(20)

    def ask():
        start.wait()
        ids.append(store.enqueue([entry()], idempotency=Idempotency("k", "d"))[0][0].id)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 20
    assert len(set(ids)) == 1


def test_owners_take_turns(store, entry):
    enqueue(store, *[entry(owner="flood", seed=seed) for seed in range(10)])
    enqueue(store, entry(owner="ada", seed=100), entry(owner="ada", seed=101))
    drawn = [store.claim("w", lease=10).record.order.seed for _ in range(5)]
    assert drawn == [0, 100, 1, 101, 2]


def test_priorities_come_first(store, entry):
    low, high = (*enqueue(store, entry(priority=-1)), *enqueue(store, entry(priority=3)))
    assert [record.id for record in store.queue()] == [high.id, low.id]
    store.prioritise(low.id, 4)
    assert [record.id for record in store.queue()] == [low.id, high.id]
    assert store.get(low.id).order.priority == 4
    with pytest.raises(BadJob, match="-9 to 9"):
        store.prioritise(low.id, 99)


def test_moving(store, entry):
    a, b, c = (record.id for record in enqueue(store, entry(), entry(), entry()))
    (d,) = (record.id for record in enqueue(store, entry(priority=5)))
    assert store.move(c, 1).position == 1
    assert [record.id for record in store.queue()] == [d, c, a, b]
    assert store.move(b, 0).order.priority == 5, "it takes on the priority of its place"
    assert [record.id for record in store.queue()] == [b, d, c, a]
    store.move(b, 99)
    assert [record.id for record in store.queue()] == [d, c, a, b]
    claim = store.claim("w", lease=10)
    with pytest.raises(WrongState, match="running"):
        store.move(claim.id, 0)
    with pytest.raises(UnknownJob):
        store.move("nobody", 0)


def test_moving_between_equals_and_very_often(store, entry):
    """Jobs of three owners have equal turns; and halving a gap ends somewhere."""
    jobs = [enqueue(store, entry(owner=owner))[0].id for owner in "abc"]
    store.move(jobs[2], 1)
    assert [record.id for record in store.queue()] == [jobs[0], jobs[2], jobs[1]]
    for _ in range(120):
        order = [record.id for record in store.queue()]
        store.move(order[2], 1)
        assert [record.id for record in store.queue()] == [order[0], order[2], order[1]]


def test_cancelling(store, entry):
    waiting, running, done = (record.id for record in enqueue(store, entry(), entry(), entry()))
    store.move(running, 0)
    claim = store.claim("w", lease=10)
    assert store.cancel(claim.id).state is State.CANCELLED
    assert not draw(store, claim)
    assert store.cancel(waiting).reason is Reason.CANCELLED
    last = store.claim("w", lease=10)
    draw(store, last)
    assert store.cancel(done).state is State.DONE, "what is final stays as it is"
    assert kinds(store, done) == ["queued", "running", "done"]


def test_a_pause_lasts_over_a_restart(store, open_store, entry):
    enqueue(store, entry())
    store.pause()
    assert store.claim("w", lease=10) is None
    store.close()
    store = open_store()
    assert store.counts().paused
    assert store.claim("w", lease=10) is None
    store.resume()
    assert store.claim("w", lease=10) is not None


def test_what_waits_too_long_expires_and_what_runs_does_not(store, entry, time):
    running, waiting = (record.id for record in enqueue(store, entry(patience=30), entry(patience=30)))
    store.claim("w", lease=1000)
    time.now += 31
    assert [record.id for record in store.expire()] == [waiting]
    assert store.get(waiting).reason is Reason.WAITED_TOO_LONG
    assert store.get(running).state is State.RUNNING


def test_pages(store, entry):
    ids = [enqueue(store, entry(owner=owner))[0].id for owner in "aabab"]
    page = store.page(limit=2)
    assert [record.id for record in page.records] == ids[:2:-1]
    rest = store.page(limit=10, before=page.next)
    assert [record.id for record in rest.records] == ids[2::-1]
    assert rest.next is None
    assert len(store.page(owner="a").records) == 3
    assert store.page(states=[State.DONE]).records == ()
    assert [record.id for record in store.page(request=ids[1]).records] == [ids[1]]


def test_events_after_an_id(store, entry):
    first, second = (enqueue(store, entry(owner=owner))[0].id for owner in "ab")
    seen = store.last_event()
    store.cancel(second)
    assert [(event.job, event.kind) for event in store.events(seen)] == [(second, "cancelled")]
    assert store.events(seen, jobs=[first]) == ()
    assert [event.job for event in store.events(0, owner="a")] == [first]
    last = store.last_event()
    store.delete_everything()
    assert store.last_event() == last
    enqueue(store, entry())
    assert store.last_event() == last + 1, "no id is used twice"


def test_words_that_are_not_kept_are_gone_when_the_job_ends(store, entry, tmp_path):
    (record,) = enqueue(store, entry("a zebra on a hidden beach", keep_words=False))
    claim = store.claim("w", lease=10)
    assert claim.record.order.text == "a zebra on a hidden beach"
    draw(store, claim)
    ended = store.get(record.id)
    assert (ended.order.text, ended.said, ended.understood) == ("", (), {})


def test_deleting_everything_takes_the_words_off_the_disk(store, open_store, entry, tmp_path):
    enqueue(store, *[entry(f"a zebra on hidden beach {number}") for number in range(20)])
    claim = store.claim("w", lease=10)
    deleted = store.delete_everything()
    assert (len(deleted.jobs), deleted.running) == (20, (claim.id,))
    assert not draw(store, claim)
    with pytest.raises(UnknownJob):
        store.get(claim.id)
    assert store.counts().totals == {"accepted": 20, "deleted": 20}
    for path in tmp_path.iterdir():
        assert b"hidden beach" not in path.read_bytes()


def test_deleting_one_owners(store, entry):
    enqueue(store, entry(owner="a"), entry(owner="a"))
    (other,) = enqueue(store, entry(owner="b"))
    assert len(store.delete_everything(owner="a").jobs) == 2
    assert [record.id for record in store.queue()] == [other.id]


def test_retention(store, entry, time):
    enqueue(store, entry(), entry())
    old = store.claim("w", lease=10)
    draw(store, old)
    time.now += 100
    assert store.purge(time.now - 50).pictures == (f"{old.id}-{old.fence}.png",)
    assert store.purge(time.now).jobs == ()
    assert len(store.queue()) == 1


def test_a_full_disk_refuses_whole_and_forgets_nothing(open_store, entry):
    store = open_store(most_queued=10_000, max_pages=60)
    accepted = 0

    def fill():
        nonlocal accepted
        for _ in range(1000):
            accepted += len(enqueue(store, *[entry("a cute panda " * 20)] * 5))

    with pytest.raises(CannotSave, match="is full"):
        fill()
    assert 0 < store.counts().open == accepted
    assert store.counts().totals["accepted"] == accepted
    store.close()
    assert open_store().counts().open == accepted


def test_64_jobs_have_64_ids(store, open_store, entry):
    store.close()
    store = open_store(most_queued=64)
    assert len({record.id for _ in range(64) for record in enqueue(store, entry())}) == 64
