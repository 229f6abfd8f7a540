"""How every command ends: an error becomes one sentence, a way out and its exit code. Knows no command."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pawlette.errors import MissingExtra, PawletteError, Refused

STOPPED = 130


@contextmanager
def plain_errors() -> Iterator[None]:
    """Every error a user can meet becomes one sentence, a way out, and its exit code."""
    try:
        yield
    except Refused as error:
        click.echo(error.message, err=True)
        click.echo(f"→ {error.suggestion}", err=True)
        sys.exit(error.exit_code)
    except PawletteError as error:
        click.echo(f"pawlette: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nstopped; no half file was left", err=True)
        sys.exit(STOPPED)


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Around the imports of an optional part: what is not installed becomes MissingExtra with its cure."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "pawlette":
            raise  # a fault of ours, which no installation mends
        raise MissingExtra(extra, error.name or "a package") from error
