"""What a client is told follows how its prompts stand: nothing twice, nothing after the end, several parts together."""

import asyncio
from dataclasses import replace

import pytest

pytest.importorskip("starlette", reason="needs the [serve] extra")
from pawlette.comfyui.api.desk import Happening, Part, Plan, Prompt, Shown, Stage
from pawlette.comfyui.api.messages import Telling
from pawlette.comfyui.api.socket import Teller

PLAN = Plan((("1", "UNETLoader"), ("8", "KSampler"), ("9", "VAEDecode"), ("10", "SaveImage")),
            (Shown("10", "output", "8", ("9", "10")),))  # fmt: skip


def prompt(*stages):
    """Two steps each; those that wait were not begun."""
    parts = tuple(
        Part(str(at), "8", stage, 2, started_at=None if stage is Stage.WAITING else 5.0)
        for at, stage in enumerate(stages)
    )
    return Prompt("id", 1, 1.0, PLAN, parts, {})


def kinds(messages):
    return [one if isinstance(one, bytes) else one[0] for one in messages]


def test_a_prompt_that_ended_at_once_is_told_whole_and_once():
    telling, done = Telling(), prompt(Stage.DONE)
    told = kinds(telling.catch_up(done, 0))
    assert told[:4] == ["status", "status", "execution_start", "execution_cached"]
    assert told[-3:] == ["execution_success", "status", "executing"]
    assert telling.catch_up(done, 0) == telling.queued(done, 0) == []
    assert telling.on_the_way(done, Happening("0", "step", 1)) == []


def test_nothing_is_said_twice_on_the_way():
    telling = Telling()
    assert kinds(telling.queued(prompt(Stage.WAITING), 1)) == ["status"]
    assert telling.catch_up(prompt(Stage.WAITING), 1) == []
    running = prompt(Stage.RUNNING)
    assert kinds(telling.catch_up(running, 1))[0] == "status"
    assert telling.catch_up(running, 1) == []
    assert kinds(telling.on_the_way(running, Happening("0", "step", 1))) == ["progress_state", "progress"]
    assert telling.on_the_way(running, Happening("0", "step", 1)) == []


def test_what_comes_on_the_way_waits_for_its_node():
    telling = Telling()
    telling.queued(prompt(Stage.WAITING), 1)
    preview = Happening("0", "preview", 1, b"small", "image/jpeg")
    for happening in (Happening("0", "step", 1), preview):
        assert telling.on_the_way(prompt(Stage.RUNNING), happening) == []
    assert not telling.is_running(prompt(Stage.RUNNING), "0")
    telling.catch_up(prompt(Stage.RUNNING), 1)
    assert telling.is_running(prompt(Stage.RUNNING), "0")
    assert kinds(telling.on_the_way(prompt(Stage.RUNNING), preview)) == [b"\0\0\0\1\0\0\0\1small"]


class StandingDesk:
    """One prompt, which stands as it is told to."""

    def __init__(self, *stands):
        self.stands, self.looks = list(stands), 0

    def prompt_of(self, job):
        self.looks += 1
        stands = self.stands.pop(0) if len(self.stands) > 1 else self.stands[0]
        return replace(stands, plan=replace(PLAN, client="ada"))

    def remaining(self):
        return 1


def test_a_step_that_is_heard_before_its_start_brings_the_start():
    """The desk tells of a step at once, and of the start when it is read from the store."""
    desk = StandingDesk(prompt(Stage.WAITING), prompt(Stage.RUNNING))
    teller = Teller(desk, None, "ada")

    async def heard(*happenings):
        return [kinds(await teller._messages(one)) for one in happenings]

    first, step, preview, late = asyncio.run(
        heard(
            Happening("0", "queued"),
            Happening("0", "step", 1),
            Happening("0", "preview", 1, b"small", "image/png"),
            Happening("0", "running"),
        )
    )
    assert first == ["status"]
    assert step[:2] == ["status", "execution_start"]
    assert step[-3:] == ["executing", "progress_state", "progress"]
    assert preview == [b"\0\0\0\1\0\0\0\2small"]
    assert late == []
    assert desk.looks == 3  # none for the preview


def test_several_pictures_of_a_node_advance_together():
    telling, both = Telling(), prompt(Stage.RUNNING, Stage.RUNNING)
    telling.catch_up(both, 2)
    assert telling.on_the_way(both, Happening("0", "step", 1)) == []
    told = telling.on_the_way(both, Happening("1", "step", 1))
    assert told[-1][1] == {"value": 1, "max": 2, "prompt_id": "id", "node": "8"}
    half = prompt(Stage.DONE, Stage.RUNNING)
    assert telling.catch_up(half, 1) == []
    assert "executed" in kinds(telling.catch_up(prompt(Stage.DONE, Stage.DONE), 0))


def test_who_waits_and_is_cancelled_hears_only_how_much_is_left():
    telling = Telling()
    telling.queued(prompt(Stage.WAITING), 1)
    assert kinds(telling.catch_up(prompt(Stage.WAITING), 1)) == []
    cancelled = prompt(Stage.WAITING)
    cancelled = replace(cancelled, parts=(replace(cancelled.parts[0], stage=Stage.CANCELLED),))
    assert kinds(telling.catch_up(cancelled, 0)) == ["status"]


def test_who_comes_back_hears_where_it_is():
    telling = Telling()
    assert telling.resume(prompt(Stage.DONE, Stage.RUNNING)) == [("executing", {"node": "8"})]
    assert kinds(telling.catch_up(prompt(Stage.DONE, Stage.DONE), 0))[-1] == "executing"


def test_a_plan_is_the_same_from_json():
    assert Plan.from_dict(PLAN.to_dict()) == PLAN
    assert (PLAN.at_hand, PLAN.drawers, PLAN.after("8")) == (("1",), ("8",), ("9", "10"))
