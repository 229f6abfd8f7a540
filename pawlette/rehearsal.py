"""What a model compiles or records at first use is met before the first picture, not in the midst of a stream.

An engine draws for nothing the groups of jobs that its model names. Knows no switch, no shape and no length of text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from pawlette.engine.fleet import Fleet
from pawlette.engine.pipeline import Pipeline
from pawlette.engine.stages import Rehearsing
from pawlette.job import Job
from pawlette.words.styles import STYLES

SHORT = "a {}"
LONG = (
    "a big fluffy orange {} and a tiny sleepy purple {} with a red hat in a magic forest in the rain at night"
)


def examples(species: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """The shortest and the longest that children ask for, in every style: text and style, of animals that are known."""
    known = species or ("cat", "penguin")
    for style in STYLES:
        yield SHORT.format(known[0]), style
        yield LONG.format(known[0], known[-1]), style


def rehearse(engine: Pipeline | Fleet, jobs: Iterable[Job], may: Callable[[], bool] | None = None) -> None:
    """Have the engine meet all that jobs like these will bring; raises what goes wrong on the way.

    `may`: asked before every group, whether there is time for it. A fleet's processes meet things as they come.
    """
    if not isinstance(engine, Pipeline) or not isinstance(engine.model, Rehearsing):
        return
    alike: dict[tuple[int, int], list[Job]] = {}
    for job in jobs:
        alike.setdefault(job.shape, []).append(job)
    for same in alike.values():
        groups = engine.model.rehearsal(same, engine.most)
        engine.rehearse(groups if may is None else takewhile(lambda _: may(), groups))
