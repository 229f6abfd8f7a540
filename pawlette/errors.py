"""Every error that a user can meet, drawn as a tree. Knows nothing else of Pawlette.

PawletteError
├── Refused            the words are not fit for a child's picture (kind sentence, code, suggestion)
├── BadJob             a size, seed, step count … that no model can draw
├── UnknownAnimal      a fit animal that the chosen model has not learnt
├── BadModel           a model folder that cannot be used
│   └── BadWeights     a weight file that is missing, truncated, not safetensors, misshapen or not finite
├── BadWorkflow        a ComfyUI workflow that cannot be read, with the node at fault
├── BadPicture         a file that is not a picture, or not one of ours
├── DrawingFailed      the model ran and gave something that is no picture (NaN latents)
├── CannotSave         the disk is full, or the folder cannot be written
├── MissingExtra       an optional part of Pawlette is not installed
└── JobsError          the queue of `pawlette serve` says no
    ├── StoreUnusable  the job store is damaged, another's, or of a newer version
    ├── QueueFull      more jobs are waiting than may wait (with seconds after which to ask again)
    ├── QueueClosed    the server is ending, and takes no more
    ├── KeyReused      an idempotency key that came before, with another request
    ├── UnknownJob     no job has this id
    └── WrongState     the job does not stand where this can be done to it

Each carries an `exit_code` for the command line; doors map them to their own codes.
"""

from collections.abc import Mapping
from typing import Any


class PawletteError(Exception):
    """The root: one sentence that says what came and what would do."""

    exit_code = 1


class Refused(PawletteError):
    """Words that are not fit for a child's picture.

    `message` is a kind sentence in the reader's language, `code` is for programs, `suggestion` is a prompt
    that will be drawn.
    """

    exit_code = 3

    def __init__(self, message: str, *, code: str, suggestion: str, language: str = "en") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.suggestion = suggestion
        self.language = language


class BadJob(PawletteError):
    """A request that no model can draw: it says what came and what would do."""

    exit_code = 2


class UnknownAnimal(PawletteError):
    """The animal is fit for children, but this model has not learnt it; `nearest` names those it draws."""

    exit_code = 4

    def __init__(self, animal: str, nearest: tuple[str, ...], *, message: str) -> None:
        super().__init__(message)
        self.animal = animal
        self.nearest = nearest


class BadModel(PawletteError):
    """A model folder that cannot be used, with the file or key at fault."""

    exit_code = 5


class BadWeights(BadModel):
    """A weight file that is missing, truncated, not safetensors, misshapen or not finite; it names the file."""


class BadWorkflow(PawletteError):
    """A ComfyUI workflow that cannot be read or drawn.

    `error` and `node_errors` are the two objects that ComfyUI answers with, ready for JSON: what is wrong with the
    whole, and by node id what is wrong there.
    """

    exit_code = 19

    def __init__(
        self, message: str, *, error: Mapping[str, Any], node_errors: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.error = error
        self.node_errors = node_errors or {}


class BadPicture(PawletteError):
    """A file that is not a picture, or carries nothing of ours."""

    exit_code = 6


class DrawingFailed(PawletteError):
    """The model ran and what came out is no picture."""

    exit_code = 7


class CannotSave(PawletteError):
    """The disk is full, or the folder cannot be written."""

    exit_code = 8


class MissingExtra(PawletteError):
    """An optional part of Pawlette is not installed; the message is the exact line that installs it."""

    exit_code = 9

    def __init__(self, extra: str, missing: str) -> None:
        super().__init__(
            f"this needs the [{extra}] extra ({missing} is missing): pip install 'pawlette[{extra}]'"
        )
        self.extra = extra
        self.missing = missing


class JobsError(PawletteError):
    """The queue of `pawlette serve` says no."""

    exit_code = 11


class StoreUnusable(JobsError):
    """The job store is damaged, owned by another process, or written by a newer Pawlette; it names the file."""

    exit_code = 12


class QueueFull(JobsError):
    """More jobs are waiting than may wait; `retry_after` is in seconds."""

    exit_code = 13

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueueClosed(JobsError):
    """The server is ending and accepts nothing more; what it accepted is kept."""

    exit_code = 14


class KeyReused(JobsError):
    """An idempotency key that came before, with another request."""

    exit_code = 15


class UnknownJob(JobsError):
    """No job has this id, or it was deleted."""

    exit_code = 16


class WrongState(JobsError):
    """The job does not stand where this can be done to it, as moving one that is drawn already."""

    exit_code = 17
