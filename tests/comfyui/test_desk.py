"""Studios are kept, pictures are drawn ahead of their turn, and what nobody wants any more is stopped."""

import threading

import pytest

from pawlette import studio as studio_module
from pawlette.comfyui.desk import MOST_AHEAD, MOST_STUDIOS, Desk, Wish
from pawlette.errors import DrawingFailed
from tests.fakes import FakeModel

WISH = Wish(device="cpu")


class Held(FakeModel):
    """Does not begin to denoise before it is told to."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.go = threading.Event()

    def step(self, latents):
        assert self.go.wait(60)
        return super().step(latents)


@pytest.fixture
def held():
    model = Held(broken_seeds=(13,))
    desk = Desk(load=lambda folder, device: model)
    yield desk, model
    model.go.set()
    desk.close()


def jobs(desk, *seeds, wish=WISH):
    return [desk.studio(wish).accept("a panda", seed=seed).job for seed in seeds]


def test_a_studio_is_kept_and_the_oldest_is_closed(held):
    desk, _ = held
    first = desk.studio(WISH)
    assert desk.studio(WISH) is first
    for at in range(MOST_STUDIOS):
        desk.studio(Wish(device="cpu", precision=("fp32", "bf16")[at]))
    assert desk.opened(WISH) is None
    assert desk.studio(WISH) is not first


def test_what_a_node_loads_is_what_a_studio_loads(monkeypatch):
    """On a card, then, the switches that are best for it."""
    given = []
    monkeypatch.setattr(
        studio_module,
        "load_model",
        lambda folder, device, **asked: given.append((device, asked)) or FakeModel(),
    )
    Desk().studio(Wish(device="cuda:1", precision="fp8")).load()
    ((device, asked),) = given
    assert (device, asked["precision"], asked["switches"]) == ("cuda:1", "fp8", None)


def test_two_gates_share_their_weights():
    loads = []

    def load(folder, device):
        loads.append(device)
        return FakeModel()

    desk = Desk(load=load)
    kid, adult = desk.studio(WISH), desk.studio(Wish(device="cpu", studio_mode=True))
    assert kid.load() is adult.load()
    assert (len(loads), kid.studio_mode, adult.studio_mode) == (1, False, True)


def test_what_waits_is_begun_and_its_turn_joins_it(held):
    desk, model = held
    now, later = jobs(desk, 1, 2)
    asked = desk.ask(WISH, [now])
    desk.look_ahead([(WISH, later)])
    assert (desk.under_way(), desk.ahead()) == (2, 1)
    joined = desk.ask(WISH, [later])
    assert desk.ahead() == 0
    model.go.set()
    assert [one.future.result(60).job for one in asked + joined] == [now, later]
    assert [one.steps for one in asked + joined] == [now.steps, later.steps]
    desk.leave(asked + joined)
    seeds = [seed for row in model.rows for seed in row]
    assert sorted(set(seeds)) == [1, 2]
    assert len(seeds) == now.steps + later.steps
    assert desk.ask(WISH, [later])[0] is joined[0]  # the same picture is not drawn twice


def test_what_left_the_queue_is_stopped_and_what_is_wanted_is_not(held):
    desk, _ = held
    now, gone = jobs(desk, 1, 2)
    (asked,) = desk.ask(WISH, [now])
    desk.look_ahead([(WISH, gone)])
    desk.look_ahead([])
    assert (desk.ahead(), asked.future.cancelled()) == (0, False)
    (again,) = desk.ask(WISH, [gone])
    assert not again.future.cancelled()


def test_stopping_leaves_what_another_waits_for(held):
    desk, _ = held
    (job,) = jobs(desk, 1)
    first, second = desk.ask(WISH, [job]), desk.ask(WISH, [job])
    desk.leave(first, stop=True)
    assert not second[0].future.cancelled()
    desk.leave(second, stop=True)
    assert second[0].future.cancelled()


def test_an_error_ahead_is_told_once_at_its_turn(held):
    desk, model = held
    model.go.set()
    (bad,) = jobs(desk, 13)
    desk.look_ahead([(WISH, bad)])
    (waiting,) = [one.future for one in desk._drawings.values()]
    assert isinstance(waiting.exception(10), DrawingFailed)
    desk.look_ahead([(WISH, bad)])  # it is not tried again and again
    asked = desk.ask(WISH, [bad])
    assert asked[0].future is waiting
    desk.leave(asked)
    assert desk.ask(WISH, [bad])[0].future is not waiting


def test_only_so_much_is_drawn_ahead_and_no_other_model_is_loaded(held):
    desk, _ = held
    desk.look_ahead([(WISH, job) for job in jobs(desk, *range(MOST_AHEAD + 5))])
    assert desk.ahead() == MOST_AHEAD
    desk.look_ahead([(Wish(device="cpu", precision="fp32"), jobs(desk, 1)[0])])
    assert desk.ahead() == 0
