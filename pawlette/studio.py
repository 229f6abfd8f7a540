"""The front desk: words in, Picture out. Every door goes through it, so none can miss the safety gate.

Knows no pixels; the threads are the engine's. Reading and refusing need no weights: the model is loaded at the first
picture.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import metadata, resources
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from pawlette import words as room
from pawlette.engine.labels import Labels
from pawlette.engine.stages import Deliver, Model, OnSpan, OnStep, run_inline
from pawlette.errors import BadJob, Refused
from pawlette.fitting import check_size, fit
from pawlette.job import FULL, Finish, Job, Picture, Sampling
from pawlette.model.family import Family
from pawlette.model.parts import DecoderChoice, LoraChoice
from pawlette.model.switches import Switches
from pawlette.words import Reading

if TYPE_CHECKING:
    from pawlette.engine.fleet import Fleet
    from pawlette.engine.pipeline import Pipeline
    from pawlette.engine.previews import Previews
    from pawlette.engine.tally import Tally
    from pawlette.model.tokens import Tokens

BUILTIN = "builtin"
BEHIND = 16  # tokens, at most, that a template has behind a text


def builtin_folder() -> Path:
    """Where the model that ships inside the package lies."""
    return Path(str(resources.files("pawlette") / "builtin"))


def model_folder(model: str | Path) -> Path:
    """The folder that --model means."""
    return builtin_folder() if str(model) == BUILTIN else Path(model)


def version() -> str:
    return metadata.version("pawlette")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A Job that may be drawn, and what was understood on the way."""

    job: Job
    reading: Reading
    notes: tuple[str, ...] = ()  # what this model leaves out, in the reader's language

    @property
    def said(self) -> tuple[str, ...]:
        """Everything that the reader should hear, each sentence once: what was changed, dropped and left out."""
        told = (self.reading.message,) if self.reading.message else self.reading.changed
        return tuple(dict.fromkeys((*told, *self.notes)))

    def to_dict(self) -> dict[str, Any]:
        """The reading's JSON object, with what this model makes of it: its prompt, and all that is said."""
        prompt = self.job.prompt
        status = "changed" if self.notes and self.reading.status == "accepted" else self.reading.status
        return self.reading.to_dict() | {
            "status": status,
            "said": list(self.said),
            "scene": None if prompt.scene is None else dataclasses.asdict(prompt.scene),
            "prompt": prompt.text,
        }


class Studio:
    """Draws with one model, behind one gate.

    `studio_mode` is for adults: it lets open text through to the model, behind the gate's other layers. It is a
    setting of whoever runs the Studio, never of a request. So are `decoder` ("full", "light" or a folder) and
    `lora` (NAME or a path, ":strength" behind it), which are loaded with the model; raises BadJob where there is none.
    `device`: auto, cpu, cuda, cuda:1 or mps; several with commas between them, or "all": each draws in a process of
    its own. `batch` says how many pictures that are drawn beside each other may share a forward; None: what suits the
    device. `in_turns`: the model's parts take turns on a device that cannot hold all of them. `precision` is auto (what
    suits the device), fp32, fp16, bf16 or fp8; `switches` say that and more, for whoever measures; None: `load_model`
    takes what suits the device. `mark`: pictures carry the visible mark that a machine made them. Close a Studio that
    was asked to `submit`, or use it in a `with`.
    """

    def __init__(
        self,
        model: str | Path = BUILTIN,
        *,
        device: str = "auto",
        studio_mode: bool = False,
        decoder: str = FULL,
        lora: str | None = None,
        batch: int | None = None,
        in_turns: bool = False,
        precision: str = "auto",
        switches: Switches | None = None,
        mark: bool = False,
        load: Callable[[Path, str], Model] | None = None,
    ) -> None:
        self.folder = model_folder(model)
        self.family = Family.from_folder(self.folder)
        self.device = device
        self.studio_mode = studio_mode
        self.decoder = DecoderChoice.find(decoder, self.folder)
        self.lora = None if lora is None else LoraChoice.find(lora, self.folder)
        if switches is not None and precision != "auto":
            raise BadJob(f"where switches are given, they say the precision; got {precision!r} beside them")
        self.switches, self.precision = switches, Switches(precision=precision).precision
        self._load = load or partial(
            load_model, decoder=self.decoder, lora=self.lora, in_turns=in_turns, switches=switches,
            precision=precision,
        )  # fmt: skip
        self.batch, self.in_turns, self.mark = batch, in_turns, mark
        self._model: Model | None = None
        self._pipeline: Pipeline | Fleet | None = None
        self._tally: Tally | None = None
        self._starting = threading.Lock()  # jobs may be submitted from many threads

    def load(self) -> Model:
        """The model, loaded if it is not yet; raises BadModel or BadWeights."""
        if self._model is None:
            self._model = self._load(self.folder, self._first_device())
        return self._model

    def count(self, tally: Tally) -> None:
        """Tell `tally` of the work of what is submitted from now on. Several devices, each with its own process, tell
        nothing."""
        if self._pipeline is not None:
            raise RuntimeError("this Studio draws already: say who counts before the first picture")
        self._tally = tally

    def prepare(self, count: int = 1) -> None:
        """Load now what `count` pictures will need: several devices load in their own processes, meanwhile."""
        if count > 1 and self._has_several:
            self._engine()
        else:
            self.load()

    def rehearse(self, jobs: Sequence[Job] = (), *, may: Callable[[], bool] | None = None) -> None:
        """Meet now, by drawing for nothing, what the model compiles or records at first use; see rehearsal.py.

        `jobs`: like those that will come; none: the default size and steps. `may`: whether there is time for more.
        Does nothing where the switches do neither, where several devices draw, or where parts take turns.
        """
        from pawlette.rehearsal import examples, rehearse

        if not self.in_turns:
            own = (
                self.accept(text, seed=0, style=style).job for text, style in examples(self.family.species)
            )
            rehearse(self._engine(), jobs or own, may)

    @property
    def _has_several(self) -> bool:
        return self.device == "all" or "," in self.device

    def _first_device(self) -> str:
        """What draws where nothing is drawn beside others."""
        from pawlette import device as devices

        return devices.several(self.device)[0] if self._has_several else self.device

    def accept(
        self,
        text: str,
        *,
        seed: int | None = None,
        size: tuple[int, int] | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        style: str | None = None,
        transparent: bool = False,
        finish: Finish | None = None,
        negative: str | None = None,
        sampling: Sampling | None = None,
    ) -> Accepted:
        """Read the words and make the Job; raises Refused, UnknownAnimal or BadJob. Draws nothing yet.

        A `negative` text of one's own is for studio mode; None: the style's.
        """
        if negative is not None and not self.studio_mode:
            raise BadJob("a negative text of one's own is for studio mode")
        check_style(style)
        reading = room.understand(text, studio=self.studio_mode, style=style)
        if reading.prompt is None:
            raise Refused(
                reading.message,
                code=reading.code or "refused",
                suggestion=reading.suggestion or "",
                language=reading.language,
            )
        prompt, notes = fit(self.family, reading.prompt, transparent, reading.language)
        if negative is not None:
            prompt = dataclasses.replace(prompt, negative=negative)
        width, height = check_size(self.family, size)
        job = Job(
            prompt=prompt,
            seed=secrets.randbelow(2**32) if seed is None else seed,
            width=width,
            height=height,
            steps=self.family.steps if steps is None else steps,
            guidance=self.family.guidance if guidance is None else guidance,
            transparent=transparent if prompt.scene is None else prompt.scene.transparent,
            lora=None if self.lora is None else self.lora.label,
            decoder=self.decoder.name,
            finish=finish or Finish(),
            sampling=sampling or Sampling(),
            words=text,
        )
        self.family.check(job)
        self._check_length(job)
        return Accepted(job, reading, notes)

    def draw(self, job: Job, *, form: str = "png", on_step: OnStep | None = None, on_span: OnSpan | None = None,
             keep_words: bool = True) -> Picture:  # fmt: skip
        """Draw one accepted Job now, in this thread."""
        from pawlette.engine.groups import advised

        if self.in_turns:
            return next(self.stream([job], form=form, on_step=on_step, keep_words=keep_words)).result()
        with advised():
            return run_inline(
                self.load(), job, self._deliver(form, keep_words), on_step=on_step, on_span=on_span
            )

    def submit(self, job: Job, *, form: str = "png", on_step: OnStep | None = None,
               previews: Previews | None = None, keep_words: bool = True) -> Future[Picture]:  # fmt: skip
        """Draw an accepted Job beside others, in threads of the engine's. The Future can be cancelled."""
        if self.in_turns:
            raise BadJob(
                "where the model's parts take turns, nothing is drawn beside others: draw, or stream a list"
            )
        return self._engine().submit(job, self._deliver(form, keep_words), on_step=on_step, previews=previews)

    def stream(self, jobs: Iterable[Job], *, form: str = "png", on_step: OnStep | None = None,
               keep_words: bool = True) -> Iterator[Future[Picture]]:  # fmt: skip
        """Accepted Jobs drawn beside each other: in their order, a Future of each as soon as it is done.

        Only as many are under way as keep the engine busy, so that a list of any length needs little memory.
        """
        if self.in_turns:
            yield from self._in_turns(list(jobs), self._deliver(form, keep_words), on_step)
            return
        under_way = deque[Future[Picture]]()
        for job in jobs:
            under_way.append(self.submit(job, form=form, on_step=on_step, keep_words=keep_words))
            if len(under_way) >= self._engine().enough:
                yield _done(under_way.popleft())
        while under_way:
            yield _done(under_way.popleft())

    def close(self, *, finish: bool = True) -> None:
        """Finish what was submitted, or cancel it, and end the engine's threads; the next `submit` starts anew."""
        if self._pipeline is not None:
            self._pipeline.close(finish=finish)
            self._pipeline = None

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close(finish=error is None)

    def _engine(self) -> Pipeline | Fleet:
        from pawlette import device as devices
        from pawlette.engine.fleet import Fleet
        from pawlette.engine.pipeline import Pipeline

        with self._starting:
            if self._pipeline is None:
                there = devices.several(self.device)
                if len(there) > 1:
                    self._pipeline = Fleet(partial(self._load, self.folder), there, batch=self.batch)
                else:
                    self._pipeline = Pipeline(
                        self.load(), device=there[0], batch=self.batch, tally=self._tally
                    )
            return self._pipeline

    def _in_turns(
        self, jobs: list[Job], deliver: Deliver, on_step: OnStep | None
    ) -> Iterator[Future[Picture]]:
        from pawlette import device as devices
        from pawlette.engine.groups import tell
        from pawlette.engine.in_stages import MovableModel, run_in_stages

        model, device = cast(MovableModel, self.load()), devices.choose(self._first_device())
        for made in run_in_stages(model, jobs, deliver, device=device, batch=self.batch, on_step=on_step):
            future = Future[Picture]()
            tell(future, made)
            yield future

    def _deliver(self, form: str, keep_words: bool) -> Deliver:
        from pawlette.engine.deliver import deliver

        return partial(deliver, labels=self.labels(keep_words=keep_words), form=form)

    def _check_length(self, job: Job) -> None:
        """Raise BadJob where an open text is longer than the model's tower reads; what the gate composes never is."""
        longest = self.family.longest_text
        if longest is None or job.prompt.scene is not None:
            return
        texts = {"the text": job.prompt.text}
        if job.guidance > 1.0:
            texts["the negative text"] = self.family.negative_of(job.prompt)
        for what, text in texts.items():
            # A token has a byte at least, so that short texts need no tokenizer.
            if len(text.encode()) + BEHIND > longest and (count := self._tokens.length(text)) > longest:
                raise BadJob(f"{self.family.name} reads {longest} tokens of a text; {what} has {count}")

    @cached_property
    def _tokens(self) -> Tokens:
        from pawlette.model.tokens import Tokens, load_tokenizer

        return Tokens(load_tokenizer(self.folder), self.family)

    def labels(self, *, keep_words: bool = True) -> Labels:
        """What every picture of this Studio says of its making."""
        return Labels(
            model=self.family.name, version=version(), keep_words=keep_words, lora_digest=self.lora_digest,
            mark=self.mark,
        )  # fmt: skip

    @cached_property
    def lora_digest(self) -> str | None:
        return None if self.lora is None else self.lora.digest()


def _done(future: Future[Picture]) -> Future[Picture]:
    wait([future])
    return future


def check_style(style: str | None) -> None:
    """Raise BadJob, naming the styles, for one that is not known."""
    if style is not None and style not in room.STYLES:
        raise BadJob(f"a style is one of {', '.join(room.STYLES)}; got {style!r}")


def load_model(
    folder: Path,
    device: str,
    *,
    decoder: DecoderChoice | None = None,
    lora: LoraChoice | None = None,
    in_turns: bool = False,
    switches: Switches | None = None,
    precision: str = "auto",
) -> Model:
    """The real model, on the device and in the precision that fit. Imports torch: call it late.

    `switches` None: what is best for the device in this `precision`.
    """
    from pawlette import device as devices
    from pawlette.model.qwen import QwenImage

    chosen = devices.choose(device)
    if switches is None:
        switches = Switches.best(chosen, Family.from_folder(folder), precision)
    return QwenImage.load(folder, chosen, decoder=decoder, lora=lora, in_turns=in_turns, switches=switches)
