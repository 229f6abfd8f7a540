"""Jobs -> latents that may start: the prompts are read in groups, and what was read lately is remembered.

Knows no thread and no text encoder.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import TypeVar

from pawlette.engine.groups import attempt, run_group
from pawlette.engine.limits import BatchLimit
from pawlette.engine.stages import Model
from pawlette.job import Conditioning, Job, Latents

Owner = TypeVar("Owner")
REMEMBERED = 64  # conditionings: of the largest model some tens of megabytes


def text_key(job: Job) -> Hashable:
    """What makes a conditioning: the text, and where the job is guided the negative one too."""
    return job.prompt.text, job.prompt.negative if job.guidance > 1.0 else None


class Encoder:
    """Reads prompts with a model, each text once."""

    def __init__(self, model: Model, limit: BatchLimit, remembered: int = REMEMBERED) -> None:
        self.model, self.limit, self.remembered = model, limit, remembered
        self._known: OrderedDict[Hashable, Conditioning] = OrderedDict()

    def __call__(self, rows: Sequence[tuple[Owner, Job]]) -> list[tuple[Owner, Latents | Exception]]:
        """Each owner with the noise that its picture begins as, or with its error."""
        read = self._read([job for _, job in rows])
        return [(owner, self._begin(job, read[text_key(job)])) for owner, job in rows]

    def _begin(self, job: Job, conditioning: Conditioning | Exception) -> Latents | Exception:
        if isinstance(conditioning, Exception):
            return conditioning
        return attempt(lambda: self.model.begin(job, conditioning))

    def _read(self, jobs: Sequence[Job]) -> dict[Hashable, Conditioning | Exception]:
        wanted = {text_key(job): job for job in jobs}
        found: dict[Hashable, Conditioning | Exception] = {
            k: self._known[k] for k in wanted if k in self._known
        }
        unread = [(key, job) for key, job in wanted.items() if key not in found]
        found |= dict(run_group(self.model.encode, unread, self.limit)) if unread else {}
        for key, conditioning in found.items():
            if not isinstance(conditioning, Exception):
                self._known[key] = conditioning
                self._known.move_to_end(key)
        while len(self._known) > self.remembered:
            self._known.popitem(last=False)
        return found
