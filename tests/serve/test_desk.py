"""What the desk does with what workers say, and with a store that cannot take it. The store is real, the crew not."""

import pytest

from pawlette.engine.tally import Figures
from pawlette.errors import CannotSave
from pawlette.serve.crew import Member
from pawlette.serve.desk import Desk
from pawlette.serve.duty import Preview
from pawlette.serve.jobs import Reason, State
from pawlette.serve.listeners import Listeners
from pawlette.serve.shelf import Shelf


class Told:
    """A connection that remembers what it was told."""

    def __init__(self):
        self.messages = []

    def send(self, message):
        self.messages.append(message)


class Crew:
    """Members without processes."""

    def __init__(self, count, at_once=4):
        self.members = [self.member(number, at_once) for number in range(count)]
        self.pictures = 0

    def member(self, number, at_once):
        return Member(f"worker-{number}", number, None, Told(), 0.0, 0.0, at_once=at_once)

    def ticks(self):
        return 0.0

    def tend(self, *, start=True):
        return ()

    def bury(self, member):
        self.members.remove(member)

    def drew(self):
        self.pictures += 1


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path / "pictures")
    shelf.make()
    return shelf


@pytest.fixture
def desk_of(store, shelf, time):
    def make(members=1, at_once=4):
        return Desk(
            store, Crew(members, at_once), shelf, Listeners(store), now=time, lease=10, retention=100, room=0
        )

    return make


def turn(desk, time, seconds=1.0):
    """One turn of its thread, as if that much time had passed."""
    time.now += seconds
    desk._next_tick = desk._next_seldom = 0.0
    desk._once()


def drawing(member):
    return [claim.record.order.seed for claim in member.under_way.values()]


def save(desk, member, seed):
    (claim,) = (claim for claim in member.under_way.values() if claim.record.order.seed == seed)
    name = desk.shelf.save(claim.id, claim.fence, "png", b"picture")
    desk._hear(member, ("saved", claim.id, claim.fence, name, {"denoise": 1.0}))
    return claim, name


def test_claims_go_to_who_has_the_fewest(desk_of, store, entry, time):
    desk = desk_of(members=2, at_once=2)
    store.enqueue([entry(seed=seed) for seed in range(5)])
    turn(desk, time)
    assert [drawing(member) for member in desk.crew.members] == [[0, 1], [2, 3]]
    assert desk.crew.members[0].connection.messages[0][0] == "draw"
    claim, name = save(desk, desk.crew.members[1], 2)
    assert store.get(claim.id).picture == name
    turn(desk, time)
    assert drawing(desk.crew.members[1]) == [3, 4]


def test_whoever_shared_a_worker_with_its_end_is_drawn_alone(desk_of, store, entry, time):
    desk = desk_of(members=2, at_once=2)
    store.enqueue([entry(seed=seed) for seed in range(6)])
    turn(desk, time)
    desk._hear(desk.crew.members[0], ("ended",))
    desk.crew.members.append(desk.crew.member(9, 2))
    turn(desk, time)
    old, new = desk.crew.members
    assert (drawing(old), drawing(new)) == ([2, 3], [0])
    save(desk, new, 0)
    turn(desk, time)
    assert drawing(new) == [1]
    save(desk, new, 1)
    turn(desk, time)
    assert drawing(new) == [4, 5], "with no suspects left it draws beside each other again"


def test_a_lone_worker_comes_to_its_suspects_too(desk_of, store, entry, time):
    desk = desk_of(at_once=2)
    store.enqueue([entry(seed=seed) for seed in range(2)])
    turn(desk, time)
    desk._hear(desk.crew.members[0], ("ended",))
    desk.crew.members.append(desk.crew.member(9, 2))
    (member,) = desk.crew.members
    for seed in range(2):
        turn(desk, time)
        assert drawing(member) == [seed]
        save(desk, member, seed)


def test_what_an_ended_worker_saved_in_secret_is_nobodys(desk_of, store, shelf, entry, time):
    desk = desk_of()
    store.enqueue([entry()])
    turn(desk, time)
    (claim,) = desk.crew.members[0].under_way.values()
    shelf.save(claim.id, claim.fence, "png", b"picture")
    desk._hear(desk.crew.members[0], ("ended",))
    assert list(shelf.folder.iterdir()) == []
    assert store.get(claim.id).state is State.QUEUED


def test_a_late_picture_is_removed(desk_of, store, shelf, entry, time):
    desk = desk_of()
    (record,), _ = store.enqueue([entry()])
    turn(desk, time)
    (member,) = desk.crew.members
    (claim,) = member.under_way.values()
    store.cancel(record.id)
    desk.stop_drawing = lambda *jobs: desk._unwanted.extend(jobs)
    desk.stop_drawing(record.id)
    turn(desk, time)
    assert member.connection.messages[-1] == ("cancel", claim.id, claim.fence)
    name = shelf.save(claim.id, claim.fence, "png", b"picture")
    desk._hear(member, ("saved", claim.id, claim.fence, name, {}))
    assert list(shelf.folder.iterdir()) == []
    assert store.get(record.id).state is State.CANCELLED


def test_a_cancel_is_heard_at_the_next_step_at_the_latest(desk_of, store, entry, time):
    desk = desk_of()
    (record,), _ = store.enqueue([entry()])
    turn(desk, time)
    (member,) = desk.crew.members
    (claim,) = member.under_way.values()
    store.cancel(record.id)
    desk._hear(member, ("step", claim.id, claim.fence, 1))
    assert member.connection.messages[-1] == ("cancel", claim.id, claim.fence)
    assert member.under_way == {}


def test_a_picture_that_the_store_cannot_take_now_is_said_again(
    desk_of, store, shelf, entry, time, monkeypatch
):
    desk = desk_of()
    (record, _), _ = store.enqueue([entry(seed=1), entry(seed=2)])
    turn(desk, time)
    finish = store.finish

    def refuses(*args, **given):
        raise CannotSave("the disk is full")

    monkeypatch.setattr(store, "finish", refuses)
    save(desk, desk.crew.members[0], 1)
    for _ in range(5):
        turn(desk, time, seconds=8)
    assert store.get(record.id).state is State.RUNNING, "its lease is prolonged meanwhile"
    assert desk.disk == "the disk is full"
    monkeypatch.setattr(store, "finish", finish)
    turn(desk, time)
    assert store.get(record.id).state is State.DONE
    assert desk.disk == ""


def test_nothing_is_claimed_while_pictures_cannot_be_saved(desk_of, store, shelf, entry, time):
    desk = desk_of(at_once=1)
    store.enqueue([entry(seed=1), entry(seed=2)])
    turn(desk, time)
    (member,) = desk.crew.members
    (claim,) = member.under_way.values()

    def full(point):
        raise OSError(28, "No space left on device")

    shelf.at_point = full
    desk._hear(member, ("failed", claim.id, claim.fence, Reason.DISK_FULL, "cannot save"))
    turn(desk, time)
    assert member.under_way == {}
    assert "No space left" in desk.disk
    shelf.at_point = lambda point: None
    turn(desk, time)
    assert drawing(member) == [1]


def test_a_disk_that_stays_full_ends_the_job_with_its_reason(desk_of, store, entry, time):
    desk = desk_of(at_once=1)
    (record,), _ = store.enqueue([entry()])
    for _ in range(3):
        turn(desk, time)
        (member,) = desk.crew.members
        (claim,) = member.under_way.values()
        desk._hear(member, ("failed", claim.id, claim.fence, Reason.DISK_FULL, "cannot save"))
    assert store.get(record.id).reason is Reason.DISK_FULL


def test_a_job_that_cannot_be_drawn_fails_at_once(desk_of, store, entry, time):
    desk = desk_of()
    (record,), _ = store.enqueue([entry()])
    turn(desk, time)
    (member,) = desk.crew.members
    desk._hear(member, ("failed", record.id, 1, Reason.DRAWING_FAILED, "not finite"))
    ended = store.get(record.id)
    assert (ended.reason, ended.message) == (Reason.DRAWING_FAILED, "not finite")


def test_old_pictures_are_put_away(desk_of, store, shelf, entry, time):
    desk = desk_of()
    store.enqueue([entry()])
    turn(desk, time)
    save(desk, desk.crew.members[0], 7)
    turn(desk, time, seconds=50)
    assert len(list(shelf.folder.iterdir())) == 1
    turn(desk, time, seconds=60)
    assert list(shelf.folder.iterdir()) == []
    assert store.page().records == ()


def test_previews_of_a_claim_that_is_over_are_not_shown(desk_of, store, entry, time, monkeypatch):
    desk = desk_of()
    (record,), _ = store.enqueue([entry(owner="ada")])
    turn(desk, time)
    (member,) = desk.crew.members
    shown = []
    monkeypatch.setattr(desk.listeners, "fleeting", shown.append)
    monkeypatch.setattr(type(desk.listeners), "__len__", lambda self: 1)
    for fence in (0, 1):
        desk._hear(member, ("preview", record.id, fence, Preview(2, 0, b"small", "image/png")))
    (event,) = shown
    assert (event.id, event.owner, event.kind) == (None, "ada", "preview")
    assert event.data == {"step": 2, "index": 0, "picture": b"small", "media_type": "image/png"}


def test_what_a_worker_counted_is_told_by_its_place(desk_of, time):
    desk, told = desk_of(members=2), []
    desk.on_figures = lambda place, figures: told.append((place, figures))
    desk._hear(desk.crew.members[1], ("figures", Figures({4: 2})))
    assert told == [(1, Figures({4: 2}))]
