"""Every error has a status, a code and OpenAI's shape; sentences that may name files stay in the log."""

import pytest

pytest.importorskip("fastapi", reason="needs the [serve] extra")
from pawlette import errors
from pawlette.serve.api.problems import ENDED, STATUS, ended_badly, problem_of, shown
from pawlette.serve.jobs import Order, Reason, Record, State

SPECIAL = {
    errors.Refused: lambda: errors.Refused("No.", code="prey", suggestion="a happy cat"),
    errors.UnknownAnimal: lambda: errors.UnknownAnimal("yak", ("cow",), message="Not yet."),
    errors.MissingExtra: lambda: errors.MissingExtra("serve", "fastapi"),
    errors.QueueFull: lambda: errors.QueueFull("full", retry_after=2.2),
    errors.BadWorkflow: lambda: errors.BadWorkflow("no", error={"type": "no_prompt"}),
}


def kinds(kind=errors.PawletteError):
    return [kind, *(below for child in kind.__subclasses__() for below in kinds(child))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_each_error_has_its_answer(kind):
    assert kind in STATUS
    error = SPECIAL.get(kind, lambda: kind("/secret/place is broken"))()
    problem = problem_of(error)
    assert 400 <= problem.status < 600
    assert set(problem.body()["error"]) >= {"message", "type", "param", "code"}
    assert problem.body()["error"]["message"]
    if problem.status >= 500 and kind is not errors.QueueClosed:
        assert "secret" not in problem.message


def test_waiting_is_told_in_whole_seconds():
    assert problem_of(SPECIAL[errors.QueueFull]()).headers["retry-after"] == "3"


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.DRAWN])
def test_each_end_of_a_job_has_its_answer(reason):
    order = Order("a cat", 1, 256, 256, 8, 1.0)
    record = Record("0" * 32, 1, "0" * 32, order, State.FAILED, reason, message="A sentence.")
    assert reason in ENDED
    problem = ended_badly(record)
    assert (problem.message, problem.more["job_id"]) == ("A sentence.", record.id)


def test_what_came_is_shown_safely():
    assert shown("\ud800") == "\\ud800"
    assert len(shown("x" * 1000)) == 201
