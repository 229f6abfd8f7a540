"""What a style run shows of itself: a loss curve as CSV and sheets of sample pictures. Knows no training."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from pawlette.device import peak_memory
from pawlette.files import write_whole
from pawlette.job import Job
from pawlette.model.qwen import QwenImage
from pawlette.train.curve import cut_behind
from pawlette.train.preview import sheet
from pawlette.train.style import TERMS

COLUMNS = ("step", *TERMS, "learning_rate", "steps_per_second", "peak_memory_mb")


class Curve:
    """A CSV file with a row every few steps: means of the terms since the row before, empty where none came."""

    def __init__(self, path: Path, device: str, *, from_step: int) -> None:
        self.path, self.device = path, device
        self.recent: dict[str, list[Tensor]] = {}
        if not (from_step and cut_behind(path, from_step)):
            write_whole(path, (",".join(COLUMNS) + "\r\n").encode())

    def note(self, losses: Mapping[str, Tensor]) -> None:
        """Keep a step's losses, on their device: nothing waits for them until a row is written."""
        for name, value in losses.items():
            self.recent.setdefault(name, []).append(value)

    def add_row(self, step: int, learning_rate: float, steps_per_second: float) -> float:
        """Write the means; returns that of the loss."""
        means = {name: torch.stack(values).mean().item() for name, values in self.recent.items()}
        self.recent.clear()
        terms = [f"{means[name]:.6f}" if name in means else "" for name in TERMS]
        memory = peak_memory(self.device)
        held = "" if memory is None else f"{memory / 2**20:.0f}"
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([step, *terms, f"{learning_rate:.3g}", f"{steps_per_second:.4f}", held])
        return means["loss"]


def draw_samples(model: QwenImage, jobs: Sequence[Job], conditioned: Sequence) -> list[Image.Image]:
    """Each job drawn with the denoiser as it is now, one after the other."""
    pictures = []
    for job, conditioning in zip(jobs, conditioned, strict=True):
        latents = model.begin(job, conditioning)
        while not latents.done:
            (latents,) = model.step([latents])
        (pixels,) = model.decode([latents])
        pictures.append(Image.fromarray(pixels.tensor.cpu().numpy()))
    return pictures


def save_sheet(pictures: Sequence[Image.Image], path: Path, cell: int) -> Path:
    """One row of samples, so that the sheets of a run compare from file to file."""
    data = io.BytesIO()
    sheet(pictures, len(pictures), cell).save(data, "png")
    return write_whole(path, data.getvalue())
