"""Pools, masks and figures by hand; and that a judge learns two colours in a few steps."""

import pytest
import torch

from pawlette.bench import judge_training
from pawlette.bench.judge import PRESENT, Judge, Verdict
from pawlette.bench.judge_training import UNKNOWN, Plan, Pool, on_animals, on_kinds, on_slots, teach

SLOTS = {"animal": ("frog", "pig"), "count": ("1", "2")}
CPU = torch.device("cpu")
COLOURS = {"frog": (40, 190, 60), "pig": (240, 150, 170)}


def pool_of(animals, capacity=8, side=8, known=True):
    pool = Pool(SLOTS, capacity, CPU, side)
    pictures = torch.stack(
        [torch.tensor(COLOURS[a], dtype=torch.uint8).expand(side, side, 3) for a in animals]
    )
    pool.add(pictures, [{"animal": a} if known else {} for a in animals], [[a] for a in animals])
    return pool


def test_a_pool_knows_what_was_said_and_what_was_not():
    pool = pool_of(["pig", "frog"])
    assert pool.labels[:2].tolist() == [[1, UNKNOWN], [0, UNKNOWN]]
    assert pool.present[:2].tolist() == [[0, 1], [1, 0]]
    assert (pool.pictures[:2, ..., 3] == 255).all()
    pictures, labels, present = pool.draw(5, torch.Generator().manual_seed(0))
    assert (pictures.shape, labels.shape, present.shape) == ((5, 8, 8, 4), (5, 2), (5, 2))


def test_the_newest_pictures_replace_the_oldest():
    pool = pool_of(["pig"] * 3, capacity=4)
    pool.add(torch.zeros(2, 8, 8, 4, dtype=torch.uint8), [{"animal": "frog"}] * 2, [["frog"]] * 2)
    assert len(pool) == 4
    assert pool.labels[:, 0].tolist() == [0, 1, 1, 0]
    assert pool.pictures[0].max() == 0


def test_unknown_labels_cost_nothing():
    logits = torch.randn(4, 3)
    assert judge_training._of_known(logits, torch.full((4,), UNKNOWN)) == 0
    one = judge_training._of_known(logits, torch.tensor([2, UNKNOWN, UNKNOWN, UNKNOWN]))
    same = judge_training._of_known(logits[:1], torch.tensor([2]))
    assert one.item() == pytest.approx(same.item())


class Glance(torch.nn.Module):
    """A judge that sees only the mean colour: enough for pigs and frogs."""

    slots = SLOTS

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(3, 8)
        self.heads = torch.nn.Linear(8, 6)

    def forward(self, pixels):
        parts = self.heads(self.net(pixels.mean((2, 3)))).split([2, 2, 2], 1)
        return dict(zip((*SLOTS, PRESENT), parts, strict=True))


def test_a_judge_learns_two_colours_and_the_moving_average_follows(monkeypatch):
    monkeypatch.setattr(judge_training, "SIDE", 16)
    torch.manual_seed(0)
    judge, pool, fed = Glance(), pool_of(["pig", "frog"]), []
    batch = pool.draw(32, torch.Generator().manual_seed(1))

    def loss_of(one):
        return judge_training._losses(one, batch, torch.Generator().manual_seed(2), CPU)

    before = loss_of(judge)
    average = teach(judge, [pool], Plan(600, batch=32, most_steps=60, rate=2e-2), CPU, lambda: fed.append(1))
    assert len(fed) == 60
    assert not average.training
    assert loss_of(judge)["animal"] < 0.8 * before["animal"]
    assert loss_of(judge)["present"] < 0.8 * before["present"]
    assert loss_of(average)["animal"] < before["animal"]
    assert before["count"] == 0  # nobody said how many


def test_it_stops_when_the_time_is_over(monkeypatch):
    monkeypatch.setattr(judge_training, "SIDE", 16)
    seconds = iter(range(100))
    monkeypatch.setattr(judge_training.time, "monotonic", lambda: float(next(seconds)))
    fed = []
    teach(Glance(), [pool_of(["pig"])], Plan(4.5, batch=4), CPU, lambda: fed.append(1))
    assert len(fed) == 4


class Parrot:
    """Says the same of every picture."""

    animals = ("frog", "pig")
    judge = Judge.__new__(Judge)

    def __init__(self):
        torch.nn.Module.__init__(self.judge)
        self.judge.slots = SLOTS

    def read(self, pictures):
        return [
            Verdict(
                {"animal": {"frog": 0.9, "pig": 0.1}, "count": {"1": 0.2, "2": 0.8}}, {"frog": 1, "pig": 1}
            )
            for _ in pictures
        ]

    def name(self, pictures):
        return [verdict.says("animal") for verdict in self.read(pictures)]


def test_own_accuracy_is_the_mean_over_animals():
    figures = on_animals(Parrot(), [None] * 4, ["frog", "frog", "frog", "pig"])
    assert (figures["pictures"], figures["accuracy"]) == (4, 0.5)
    assert figures["per_animal"] == {"frog": 1, "pig": 0}


def test_own_accuracy_of_slots_over_all_each_and_named_values():
    said = [{"count": "1"}, {"count": "2"}, {"count": "2"}, {"animal": "pig"}]
    figures = on_slots(Parrot(), [None] * 4, said)
    assert figures["count"] == {
        "pictures": 3,
        "accuracy": pytest.approx(2 / 3),
        "accuracy_each": 0.5,
        "named": 2,
        "accuracy_named": 1,
    }
    assert figures["animal"]["accuracy"] == 0


def test_own_accuracy_of_two_kinds():
    assert on_kinds(Parrot(), [None] * 2, ["frog and pig", "frog and owl"])["accuracy"] == 0.5
