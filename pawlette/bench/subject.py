"""What is measured: one model held both by diffusers' classes and by ours, with the same weights, and jobs to draw.

Knows no clock. True-shape models have random weights and stand-in pictures; the built-in model has its own of both.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import diffusers
import torch
import transformers
from torch import Tensor

from pawlette import device as devices
from pawlette.bench.baseline import Baseline
from pawlette.bench.held_weights import loaded, sharing
from pawlette.bench.rungs import PLAIN, Rung
from pawlette.bench.small_tokenizer import TextProcessor, make_tokenizer, texts
from pawlette.bench.stand_in import Pages, StandIn, kept_drawings
from pawlette.bench.true_shapes import MODELS, Reference, build
from pawlette.engine.stages import Model
from pawlette.errors import BadJob
from pawlette.files import check_folder
from pawlette.job import Job
from pawlette.model.qwen import QwenImage
from pawlette.model.switches import Switches
from pawlette.model.weights import export
from pawlette.studio import BUILTIN, Studio, builtin_folder

NAMES = (*MODELS, BUILTIN)


@dataclass(frozen=True, slots=True)
class Wish:
    """One kind of picture: pixels on a side, denoising steps, guidance (1: off)."""

    size: int
    steps: int = 8
    guidance: float = 1.0


class Subject:
    """A model to measure. `folder` takes its small files; `pages` stand in for what random weights draw. Close it."""

    def __init__(
        self, name: str, folder: Path, *, device: str, dtype: torch.dtype, small: bool = False,
        pages: Pages | None = None,
    ) -> None:  # fmt: skip
        if name not in NAMES:
            raise BadJob(f"what is measured is one of {', '.join(NAMES)}; got {name!r}")
        self.name, self.device, self.dtype, self.small = name, device, dtype, small
        self.pages, self._shared = pages, ExitStack()
        self.folder = builtin_folder() if name == BUILTIN else folder
        if name == BUILTIN:
            self.reference = _builtin(folder, device, dtype)
        else:
            self.reference = build(name, folder, device=device, dtype=dtype, small=small)
            self._shared.enter_context(sharing(self.reference))
        self.desk = Studio(self.folder, device=device)
        self.family = self.desk.family
        self.plain = self.ours(PLAIN)
        self.baseline = Baseline(
            self.reference.pipeline, device, self.plain.negative,
            embed=self._read_by_transformers(folder / "whole") if name == BUILTIN else None,
            page=pages.image if pages else None,
        )  # fmt: skip

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: object) -> None:
        self._shared.close()

    def _read_by_transformers(self, folder: Path) -> Callable[[Job], Tensor]:
        """The built-in model's texts, which no pipeline's own template fits, in transformers' class."""
        tower = transformers.Qwen3VLTextModel.from_pretrained(folder / "text_encoder", dtype=self.dtype)
        tower.norm = torch.nn.Identity()  # the family reads the states before it
        tower.to(self.device).eval()
        tokens = self.plain.text.tokens

        @torch.inference_mode()
        def embed(job: Job) -> Tensor:  # (tokens, width)
            ids = torch.tensor([tokens.read(job.prompt.text)], device=self.device)
            states: Tensor = tower(input_ids=ids, use_cache=False).last_hidden_state
            return states[0, tokens.dropped :]

        return embed

    def ours(self, switches: Switches) -> QwenImage:
        """Our model, with these switches; the weights are the reference's own wherever no switch changes them."""
        return loaded(self.folder, switches, device=self.device, dtype=self.dtype)

    def settle(self) -> None:
        """What a switch chose for the whole process is as it was, once the plain model has been called."""
        self.plain.encode(self.jobs(Wish(min(self.family.default_size)), 1))

    def shown(self, model: QwenImage) -> Model:
        """The model as a Studio draws with it."""
        return StandIn(model, self.pages) if self.pages else model

    def studio(self, model: Model, rung: Rung) -> Studio:
        """A front desk around the model; close it."""
        return Studio(self.folder, device=self.device, batch=rung.batch, load=lambda *_: model)

    def jobs(self, wish: Wish, count: int, *, first: int = 0) -> list[Job]:
        """Different texts and seeds throughout, as far as the texts reach."""
        size, all_texts = (wish.size, wish.size), texts()
        return [
            self.desk.accept(
                all_texts[seed % len(all_texts)], seed=seed, size=size, steps=wish.steps, guidance=wish.guidance
            ).job
            for seed in range(first, first + count)
        ]  # fmt: skip

    def tokens(self, jobs: Sequence[Job]) -> list[int]:
        """How long each job's text is for the denoiser."""
        return [self.plain.text.length(job.prompt.text) for job in jobs]


def _builtin(folder: Path, device: str, dtype: torch.dtype) -> Reference:
    """The built-in model's weights in diffusers' classes; its text tower is read apart."""
    whole = export(builtin_folder(), folder / "whole", dtype=dtype)
    parts = {
        "transformer": diffusers.QwenImage21Transformer2DModel.from_pretrained(
            whole / "transformer", torch_dtype=dtype
        ),
        "vae": diffusers.AutoencoderKLQwenImage21.from_pretrained(whole / "vae", torch_dtype=dtype),
    }
    pipeline = diffusers.QwenImage21Pipeline(
        **{name: part.to(device).eval() for name, part in parts.items()},
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_pretrained(whole / "scheduler"),
        text_encoder=None,
        processor=TextProcessor(make_tokenizer()),
    )
    pipeline.set_progress_bar_config(disable=True)
    return Reference(whole, pipeline)


@contextmanager
def made(name: str, out: Path, *, device: str = "auto", small: bool = False) -> Iterator[Subject]:
    """A subject in the precision that a device draws in. Drawings for its stand-in pages are kept in the folder."""
    check_folder(out)
    chosen = devices.choose(device)
    pages = None if name == BUILTIN else Pages(kept_drawings(out))
    with tempfile.TemporaryDirectory(prefix="pawlette-") as folder:
        dtype = devices.dtype_for(chosen)
        with Subject(name, Path(folder), device=chosen, dtype=dtype, small=small, pages=pages) as subject:
            yield subject
