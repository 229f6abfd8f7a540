"""Which groups of jobs must be drawn so that no later one is the first of its shape, where shapes are compiled or
recorded: every count of rows that occurs, with texts of every padded length. Pure: knows no engine and no device.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice

from pawlette.job import Finish, Job
from pawlette.model.family import Family
from pawlette.model.tokens import Tokens
from pawlette.model.velocity import BUCKET
from pawlette.words.prompt import Prompt


def groups(
    jobs: Sequence[Job], family: Family, tokens: Tokens, most: int
) -> Iterator[list[Job]]:  # fmt: skip
    """Like these jobs, which are of one shape, and as short as can be; all texts differ, single jobs come first.

    `most`: how many share a forward. Counts are padded to powers of two. Guidance is the first job's.
    """
    known = [len(tokens.read(job.prompt.text)) - tokens.dropped for job in jobs]
    wanted, seeds = lengths(min(known), max(known), tokens.dropped), count()
    steps = jobs[0].steps if family.explicit_sigmas else 1
    short = replace(jobs[0], steps=steps, finish=Finish(), words="")
    against = len(tokens.read(family.negative_of(short.prompt))) - tokens.dropped

    def prompt(seed: int, length: int) -> Prompt:
        # Negative texts differ too: jobs that were read one by one bring each its own to a batch.
        negative = text_of(-1 - seed, against, tokens) if short.guidance > 1.0 else short.prompt.negative
        return replace(short.prompt, text=text_of(seed, length, tokens), negative=negative)

    def group(rows: int, length: int) -> list[Job]:
        return [replace(short, seed=seed, prompt=prompt(seed, length)) for seed in islice(seeds, rows)]

    yield from (group(1, length) for length in wanted)
    counts = {min(most, 1 << power) for power in range(1, most.bit_length() + 1)}
    yield from (group(rows, length) for rows in sorted(counts - {1}) for length in wanted)


def lengths(shortest: int, longest: int, front: int) -> list[int]:
    """Texts of so many tokens, from the shortest to the longest, meet every length to which the denoiser pads them,
    and the tower with the template's front before them."""
    met = {(-(-n // BUCKET), -(-(front + n) // BUCKET)): n for n in range(shortest, longest + 1)}
    return list(met.values())


def text_of(number: int, length: int, tokens: Tokens) -> str:
    """A text of so many tokens that no other number has; nobody sees what is drawn of it."""
    text = str(number)
    while tokens.length(text) < length:
        text += " a"
    return text
