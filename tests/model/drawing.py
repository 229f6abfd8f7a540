"""Jobs for the small checkpoints, and the plain way to draw several side by side."""

from pawlette.job import Job
from pawlette.words.prompt import Prompt


def job(text="a cute panda", seed=7, negative="blurry, sad", size=(96, 64), steps=8, **settings):
    prompt = Prompt(text=text, negative=negative, scene=None, style="storybook")
    return Job(prompt=prompt, seed=seed, width=size[0], height=size[1], steps=steps, **settings)


# Other texts, lengths, seeds, step counts and guidance side by side.
MIXED = (
    job(),
    job("两只熊猫在彩虹下 with a long tale about the sea", seed=8, steps=5, guidance=4.0),
    job("a dolphin", seed=9, steps=3),
    job("a dolphin", seed=10, steps=8, guidance=2.0, negative=""),
)


def draw(model, *jobs):
    """All jobs in one batch until each is done; a finished row leaves, as in the engine."""
    waiting = [model.begin(one, read) for one, read in zip(jobs, model.encode(jobs), strict=True)]
    done = {}
    while waiting:
        waiting = model.step(waiting)
        done |= {one.job.seed: one for one in waiting if one.done}
        waiting = [one for one in waiting if not one.done]
    return [done[one.seed] for one in jobs]


def pixels(model, *jobs):
    return [one.tensor.numpy() for one in model.decode(draw(model, *jobs))]


def furthest(ours, theirs):
    """The largest difference of two lists of latents."""
    return max(
        (a.tensor.float() - b.tensor.float()).abs().max().item() for a, b in zip(ours, theirs, strict=True)
    )


def apart(ours, theirs):
    """The length of the difference of two lists of latents, relative to that of the second."""
    pairs = [(a.tensor - b.tensor, b.tensor) for a, b in zip(ours, theirs, strict=True)]
    return max((difference.norm() / whole.norm()).item() for difference, whole in pairs)
