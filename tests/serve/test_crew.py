"""What the crew makes of a worker's words; processes are tried in test_supervisor and by `pawlette chaos`."""

import pytest

from pawlette.serve.crew import Crew, Member


@pytest.fixture
def crew():
    crew = Crew((), dead_after=5.0, stalled_after=60.0, preload=(), ticks=lambda: 100.0)
    yield crew
    crew.close()


@pytest.mark.parametrize("message", [("beat",), ("figures", None)])
def test_signs_of_life_are_no_steps(crew, message):
    member = Member("worker-1", 0, None, None, last_beat=1.0, last_step=1.0)
    crew._note(member, message)
    assert (member.last_beat, member.last_step) == (100.0, 1.0)
    crew._note(member, ("step", "job", 1, 2))
    assert member.last_step == 100.0
