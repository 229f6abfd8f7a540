"""How a command ends: each error with its exit code, and a missing extra with the line that installs it."""

import click
import pytest
from click.testing import CliRunner

from pawlette.cli_errors import STOPPED, needs_extra, plain_errors
from pawlette.errors import BadModel, MissingExtra, Refused


def ended(error):
    """What a command prints and returns that ends in an error."""

    @click.command()
    def command():
        with plain_errors():
            raise error

    return CliRunner().invoke(command)


def test_errors_become_a_sentence_and_an_exit_code():
    result = ended(BadModel("no such folder"))
    assert (result.exit_code, result.stderr) == (BadModel.exit_code, "pawlette: no such folder\n")
    kind = ended(Refused("Let us draw it happy.", code="sad", suggestion="a happy cat"))
    assert (kind.exit_code, kind.stderr) == (Refused.exit_code, "Let us draw it happy.\n→ a happy cat\n")
    assert ended(KeyboardInterrupt()).exit_code == STOPPED


def test_a_fault_of_ours_is_not_hidden():
    assert isinstance(ended(ZeroDivisionError()).exception, ZeroDivisionError)
    with pytest.raises(ModuleNotFoundError), needs_extra("train"):
        raise ModuleNotFoundError(name="pawlette.gone")


def test_a_missing_package_is_named_with_its_cure():
    cure = r"\(peft is missing\): pip install 'pawlette\[train\]'"
    with pytest.raises(MissingExtra, match=cure), needs_extra("train"):
        raise ModuleNotFoundError(name="peft")
