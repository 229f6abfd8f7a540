"""Options that several commands have: one definition, and the same variables stand in for them everywhere."""

import click
import pytest

from pawlette.cli import main


def options(command, name):
    """Every option of that name, with its command, also of the commands within groups."""
    if isinstance(command, click.Group):
        return [found for one in command.commands.values() for found in options(one, name)]
    return [
        (command.name, one) for one in command.params if one.name == name and not names_a_shape(command, one)
    ]


def names_a_shape(command, option):
    """`bench ladder` and `bench load` measure a model's shape, which is chosen from a few names and is no folder.

    So does `advise`, where a folder will do too and, left out, all shapes are meant.
    """
    return isinstance(option.type, click.Choice) or (command.name == "advise" and option.name == "model")


@pytest.mark.parametrize(("name", "variable"), [("model", "PAWLETTE_MODEL"), ("device", "PAWLETTE_DEVICE")])
def test_shared_options_are_the_same_everywhere(name, variable):
    found = options(main, name)
    assert {"draw", "open", "art", "decoder", "style"} <= {command for command, _ in found}
    assert len({option.help for _, option in found}) == 1
    assert {option.envvar for _, option in found} == {variable}
