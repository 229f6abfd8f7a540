"""A whole style run: pictures and a model folder in, an adapter, its curve and its sample sheets out.

Knows files and the order of things; what a step does is `style`'s.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from pawlette.device import choose
from pawlette.errors import BadJob, DrawingFailed
from pawlette.files import check_folder, find_any
from pawlette.model import fingerprint
from pawlette.model.parts import LORA_FILES, lora_folders, reads_as_number
from pawlette.model.qwen import QwenImage
from pawlette.studio import Studio, model_folder
from pawlette.train.style import Plan, StyleTrainer
from pawlette.train.style_adapter import save_lora
from pawlette.train.style_data import check_size, encode_examples, find_examples
from pawlette.train.style_log import Curve, draw_samples, save_sheet
from pawlette.train.style_state import FILE_NAME, load_state, save_state

CURVE, SAMPLES = "curve.csv", "samples"


@dataclass(frozen=True, slots=True)
class Show:
    """How often a run says and shows where it stands, in steps."""

    log_every: int = 10
    save_every: int = 100
    sample_every: int = 100
    samples: Sequence[str] = ()  # the words of the pictures on the sheets, behind the safety gate as any
    sample_steps: int | None = None  # denoising steps; None: the model's own


def adapter_folder(name: str) -> Path:
    """Where a run goes: a bare name lies among the person's own adapters, where `draw --lora NAME` looks.

    Raises BadJob for a name whose end `draw` would read as a strength, and so never find.
    """
    stem, colon, tail = name.rpartition(":")
    if colon and reads_as_number(tail):
        raise BadJob(
            f"--out {name}: draw reads {colon + tail} as a strength and looks for {stem!r}; "
            f"a name without it would do, such as {stem or 'fox'}-{tail}"
        )
    bare = Path(name).name == name and name not in ("", "..")
    return lora_folders(Path())[1] / name if bare else Path(name)


def train_style(
    pictures: Path,
    model: str | Path,
    out: Path,
    plan: Plan,
    *,
    resolution: int | None = None,
    device: str = "auto",
    resume: bool = False,
    show: Show | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Train, or go on training, and return the adapter's file. What could fail is tried before the first step."""
    show = show or Show()
    examples = find_examples(pictures)
    if not resume and (there := find_any(out, (FILE_NAME, *LORA_FILES))):
        raise BadJob(f"{there} is there already; go on with it by --resume, or name another folder")
    check_folder(out)
    folder = model_folder(model)
    device = choose(device)
    studio = Studio(folder, device=device)
    size = resolution or studio.family.default_size[0]
    check_size(studio.family, size)
    jobs = [
        studio.accept(text, seed=seed, size=(size, size), steps=show.sample_steps).job
        for seed, text in enumerate(show.samples)
    ]
    loaded = QwenImage.load(folder, device)
    conditioned = loaded.encode(jobs) if jobs else []
    data = encode_examples(loaded, examples, size, say=say)
    loaded.text.tower.to("meta")  # it has read everything: its memory is wanted for the training
    trainer = StyleTrainer(loaded, data, plan, weights=fingerprint.of_model(folder))
    if resume:
        say(f"going on from step {load_state(trainer, out)}")
    curve = Curve(out / CURVE, device, from_step=trainer.step)

    def sample() -> None:
        if jobs:
            drawn = draw_samples(loaded, jobs, conditioned)
            save_sheet(drawn, out / SAMPLES / f"step_{trainer.step:06}.png", min(size, 512))

    if trainer.step == 0:
        sample()
    _run(trainer, curve, out, show, sample, say)
    return save_lora(trainer.learnt, out, plan.rank, trainer.targets)


def _run(
    trainer: StyleTrainer, curve: Curve, out: Path, show: Show, sample: Callable[[], None],
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Step to the plan's end, with a row, a state and a sheet at their steps and at the last."""
    plan, since, at = trainer.plan, time.monotonic(), trainer.step
    while trainer.step < plan.steps:
        rate = trainer.learning_rate()
        curve.note(trainer.train_step())
        step, last = trainer.step, trainer.step == plan.steps
        if last or step % show.log_every == 0:
            loss = curve.add_row(step, rate, (step - at) / max(1e-9, time.monotonic() - since))
            say(f"step {step} of {plan.steps}: loss {loss:.4f}")
            if not torch.isfinite(torch.tensor(loss)):
                raise DrawingFailed(f"the loss is no number at step {step}; a lower --learning-rate may help")
        if last or step % show.save_every == 0:
            save_state(trainer, out)
            save_lora(trainer.learnt, out, plan.rank, trainer.targets)
        if last or step % show.sample_every == 0:
            sample()
        if last or step % show.log_every == 0:
            since, at = time.monotonic(), step  # saving and drawing are not training
