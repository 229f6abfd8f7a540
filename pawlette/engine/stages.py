"""What the engine needs from a model, and the plain way to run it: one job, one stage after the other.

Knows no model, no file format and no thread. `run_inline` is the plain twin of every faster engine: the same Job
must give the same picture there.
"""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Protocol, runtime_checkable

from pawlette.job import Conditioning, Job, Latents, Picture, Pixels

OnSpan = Callable[[str, float, float], None]  # stage, start, end, in seconds of time.perf_counter
OnStep = Callable[[int], None]  # how many denoising steps are done


class Model(Protocol):
    """A text-to-image model as four plain functions from one noun to the next."""

    def encode(self, jobs: Sequence[Job]) -> Sequence[Conditioning]:
        """Read the prompts."""

    def begin(self, job: Job, conditioning: Conditioning) -> Latents:
        """Seeded noise and the schedule's sigmas."""

    def step(self, latents: Sequence[Latents]) -> Sequence[Latents]:
        """One Euler step for each row; rows of one shape may stand at different steps."""

    def decode(self, latents: Sequence[Latents]) -> Sequence[Pixels]:
        """Pictures of finished latents; raises DrawingFailed where they are not finite."""


@runtime_checkable
class Rehearsing(Model, Protocol):
    """A model that compiles or records what it has not met before, and knows what it will meet."""

    def rehearsal(self, jobs: Sequence[Job], most: int) -> Iterable[Sequence[Job]]:
        """Groups to draw for nothing before jobs of one shape like these; none where nothing is slow at first.

        `most`: how many are read, and may share a forward.
        """


@runtime_checkable
class Prefetching(Model, Protocol):
    """A model whose steps may need what is slow to make and can be made before."""

    def prefetch(self, latents: Latents) -> None:
        """Make what the steps of a job that waits will need, beside the steps of others.

        A step that misses it makes it; so nobody asks what came of this.
        """


def prefetch(model: Model, latents: Latents) -> None:
    """As the model has it; nothing where it has none."""
    if isinstance(model, Prefetching):
        model.prefetch(latents)


Deliver = Callable[[Pixels, dict[str, float]], Picture]


def run_inline(
    model: Model, job: Job, deliver: Deliver, *, on_step: OnStep | None = None, on_span: OnSpan | None = None
) -> Picture:
    """Draw one job: encode, denoise, decode, deliver. Errors of any stage pass through as they are."""
    seconds: dict[str, float] = {}

    def timed(stage: str, start: float) -> float:
        end = perf_counter()
        seconds[stage] = end - start
        if on_span is not None:
            on_span(stage, start, end)
        return end

    now = perf_counter()
    (conditioning,) = model.encode([job])
    now = timed("encode", now)
    latents = model.begin(job, conditioning)
    while not latents.done:
        (latents,) = model.step([latents])
        if on_step is not None:
            on_step(latents.at)
    now = timed("denoise", now)
    (pixels,) = model.decode([latents])
    now = timed("decode", now)
    picture = deliver(pixels, seconds)
    timed("deliver", now)
    return picture
