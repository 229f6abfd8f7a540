"""The crew's lines to its workers, and what it makes of their words; processes are tried in test_supervisor."""

import multiprocessing
import os
import struct

import pytest

from pawlette.serve.crew import Crew, Member, wait_at_most


@pytest.fixture
def crew():
    one = Crew((), dead_after=15.0, stalled_after=300.0, preload=(), ticks=lambda: 100.0)
    yield one
    one.close()


class Process:
    """One that never ended by itself."""

    pid, exitcode = 1, 0

    def kill(self):
        pass

    def join(self, timeout=None):
        pass

    def close(self):
        pass


def member_of(crew, patience):
    here, there = multiprocessing.Pipe()
    wait_at_most(here, patience)
    crew.members.append(one := Member("worker-1", 0, Process(), here, crew.ticks(), crew.ticks(), at_once=4))
    return one, there


def test_whole_messages_are_heard(crew):
    member, there = member_of(crew, 60)
    there.send(("step", "job", 1, 2))
    there.send(("beat",))
    assert list(crew.listen(5)) == [(member, ("step", "job", 1, 2)), (member, ("beat",))]


def test_who_stops_in_the_midst_of_a_message_does_not_stop_who_listens(crew):
    member, there = member_of(crew, 0.2)
    os.write(there.fileno(), struct.pack("!i", 1000) + b"the rest never comes")
    assert list(crew.listen(5)) == [(member, ("ended",))]


def test_who_hears_nothing_does_not_stop_who_speaks(crew):
    member, there = member_of(crew, 0.2)
    member.tell("draw", b"." * 10_000_000)  # more than any buffer holds; nobody reads it
    assert not there.closed


@pytest.mark.parametrize("message", [("beat",), ("figures", None)])
def test_signs_of_life_are_no_steps(crew, message):
    member = Member("worker-1", 0, None, None, last_beat=1.0, last_step=1.0)
    crew._note(member, message)
    assert (member.last_beat, member.last_step) == (100.0, 1.0)
    crew._note(member, ("step", "job", 1, 2))
    assert member.last_step == 100.0
