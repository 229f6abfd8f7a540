"""`pawlette bench peers`: the same shapes through diffusers as others speed it up, each with version and settings.

Eager, compiled block by block, and with cache-dit's block cache where that is installed; beside them our plain classes
and our engine. All hold the same weights and take turns round after round, so ratios are of one round. A peer that
cannot is named with its reason. Whether a cache skips a block depends on what the blocks compute: with random weights
its speed is not that of a trained model, and the report says so.
"""

from __future__ import annotations

import importlib
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import diffusers
import torch

from pawlette.bench import agreement
from pawlette.bench.gauge import Gauge, Watch
from pawlette.bench.machine import machine
from pawlette.bench.plan import Budget
from pawlette.bench.rungs import Rung, choose, told
from pawlette.bench.streams import spread, stream, told_by
from pawlette.bench.subject import Subject, Wish
from pawlette.bench.tables import facts, markdown, number, share
from pawlette.engine.groups import attempt
from pawlette.files import check_folder, write_whole
from pawlette.job import Job
from pawlette.studio import BUILTIN

# As SGLang sets cache-dit by default: the first block always computed, four steps before anything is kept.
CACHE = {
    "Fn_compute_blocks": 1, "Bn_compute_blocks": 0, "max_warmup_steps": 4, "residual_diff_threshold": 0.24,
    "max_continuous_cached_steps": 3,
}  # fmt: skip
EAGER = "diffusers, eager"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Seconds of one round, a picture."""

    whole: float  # to its file
    unsaved: float | None  # to a Pillow image; None where saving is no part apart


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to draw. `about`: version and settings. `ready`: inside, `draw` and `follow` are this peer's."""

    name: str
    about: str
    draw: Callable[[Sequence[Job]], Drawn]
    follow: Callable[[Job], agreement.Drawn]  # a job's way to its picture
    ready: Callable[[], AbstractContextManager[object]] = nullcontext


def run(
    subject: Subject, wish: Wish, out: Path, *, pictures: int, rounds: int, budget: Budget,
    rungs: Sequence[str] = ("inline", "engine"), say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Measure; leaves peers.json and peers.md in the folder, anew after every round."""
    check_folder(out)
    jobs = subject.jobs(wish, max(2, pictures))
    with Gauge(subject.device) as gauge, ExitStack() as studios:
        report: dict[str, Any] = {
            "machine": machine(subject, gauge.driver), "notes": [*gauge.notes, *remarks(subject)],
            "size": wish.size, "steps": wish.steps, "guidance": wish.guidance, "pictures": pictures, "peers": [],
        }  # fmt: skip
        chosen = choose(subject.family.generation, list(rungs))
        peers = [*of_diffusers(subject, out), *(ours(subject, rung, out, studios) for rung in chosen)]
        entries = {peer.name: {"peer": peer.name, "about": peer.about} for peer in peers}
        report["peers"] = list(entries.values())
        able = [peer for peer in peers if prepared(peer, jobs[0], entries, subject, say)]
        taken: dict[str, list[tuple[Drawn, Watch]]] = {peer.name: [] for peer in able}
        for number_ in range(rounds):
            if number_ and budget.left <= 0:
                report["notes"].append(f"{number_} of {rounds} rounds fitted the budget.")
                break
            for peer in able if number_ % 2 == 0 else reversed(able):
                with peer.ready(), gauge.watching() as watch:
                    drawn = peer.draw(jobs[:pictures])
                taken[peer.name].append((drawn, watch))
                subject.settle()
            for name, own in taken.items():
                entries[name] |= figures(own, taken.get(EAGER, []))
            write(report, out)
            say(f"round {number_ + 1} of {rounds} is done")
    write(report, out)
    return report


def prepared(
    peer: Peer, job: Job, entries: dict[str, dict[str, Any]], subject: Subject, say: Callable[[str], object]
) -> bool:  # fmt: skip
    """Draw once, which compiles what is compiled, and compare with eager; False, with the reason, where it cannot."""
    say(f"{peer.name}: {peer.about} ...")

    def once() -> agreement.Drawn:
        with peer.ready():
            peer.draw([job])
            return peer.follow(job)

    entry, made = entries[peer.name], attempt(once)
    if isinstance(made, Exception):
        entry["failed"] = f"{type(made).__name__}: {str(made).strip().partition(chr(10))[0][:300]}"
        say(f"  {entry['failed']}")
        return False
    eager = made if peer.name == EAGER else attempt(partial(_eager, subject, job))
    if not isinstance(eager, Exception):
        entry["against_eager"] = agreement.compare(made, eager)
    return True


def _eager(subject: Subject, job: Job) -> agreement.Drawn:
    return subject.baseline.trajectory(job, _noise(subject, job))


def _noise(subject: Subject, job: Job) -> torch.Tensor:
    return subject.plain.begin(job, subject.plain.encode([job])[0]).tensor


# -- the peers -----------------------------------------------------------------------------------------------------


def of_diffusers(subject: Subject, folder: Path) -> list[Peer]:
    """diffusers' pipeline eager, compiled and cached; what is not installed is not listed but remarked upon."""
    pipeline = subject.baseline.pipeline
    version = f"diffusers {diffusers.__version__}, {type(pipeline).__name__}, torch {torch.__version__}"

    def draw(jobs: Sequence[Job]) -> Drawn:
        taken = subject.baseline.pictures(jobs, folder)
        return Drawn(
            statistics.fmean(one.total("default") for one in taken),
            statistics.fmean(one.draw for one in taken),
        )

    peer = partial(Peer, draw=draw, follow=partial(_eager, subject))
    found = [
        peer(EAGER, version),
        peer(
            "diffusers, compiled", f"{version}, transformer.compile_repeated_blocks(fullgraph=True)",
            ready=Compiled(pipeline.transformer).on,
        ),
    ]  # fmt: skip
    if cache := _installed("cache_dit"):
        settings = ", ".join(f"{name}={value}" for name, value in CACHE.items())
        about = f"{version}, cache-dit {metadata.version('cache-dit')}, DBCache with {settings}"
        found.append(peer("diffusers + cache-dit", about, ready=partial(cached, cache, pipeline)))
    return found


def _installed(name: str) -> Any:
    """A peer's package, which is no part of ours; None where it is not here."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


class Compiled:
    """diffusers' own regional compilation, which can be put off and on again: others share the modules."""

    def __init__(self, transformer: Any) -> None:
        names = set(getattr(transformer, "_repeated_blocks", None) or ())
        self.transformer = transformer
        self.blocks = [module for module in transformer.modules() if type(module).__name__ in names]
        self._code: list[Any] = []

    @contextmanager
    def on(self) -> Iterator[None]:
        if self._code:
            for block, code in zip(self.blocks, self._code, strict=True):
                block._compiled_call_impl = code
        else:
            self.transformer.compile_repeated_blocks(fullgraph=True)
            self._code = [block._compiled_call_impl for block in self.blocks]
        try:
            yield
        finally:
            for block in self.blocks:
                block._compiled_call_impl = None


@contextmanager
def cached(cache_dit: Any, pipeline: Any) -> Iterator[None]:
    """cache-dit's block cache on the pipeline, taken off again at the end."""
    cache_dit.enable_cache(pipeline, cache_config=cache_dit.DBCacheConfig(**CACHE))
    try:
        yield
    finally:
        cache_dit.disable_cache(pipeline)


def ours(subject: Subject, rung: Rung, folder: Path, studios: ExitStack) -> Peer:
    """A rung of the ladder, whose front desk stays open."""
    model = subject.ours(rung.switches)
    studio = studios.enter_context(subject.studio(subject.shown(model), rung))

    def draw(jobs: Sequence[Job]) -> Drawn:
        return Drawn(stream(studio, rung, jobs, folder).seconds / len(jobs), None)

    about = f"pawlette {metadata.version('pawlette')}, rung {rung.name}, {told(rung.switches)}"
    return Peer(f"pawlette, {rung.name}", about, draw, lambda job: agreement.trajectory(model, [job]))


def remarks(subject: Subject) -> list[str]:
    """What whoever reads the figures must know."""
    found = [
        "diffusers' pictures are saved by Pillow at its default level, ours with run lengths: both are the whole time "
        "from a request to its file; without saving stands beside it where it is a part apart."
    ]
    if subject.name != BUILTIN:
        found.append(
            "Weights are random: how many blocks a cache skips is not what a trained model would let it skip."
        )
    if _installed("cache_dit") is None:
        found.append("cache-dit is not installed here, so it is not among the peers: pip install cache-dit.")
    return found


# -- the report ----------------------------------------------------------------------------------------------------


def figures(own: Sequence[tuple[Drawn, Watch]], eager: Sequence[tuple[Drawn, Watch]]) -> dict[str, Any]:
    """Medians with their extremes; ratios are of one round."""
    whole = [drawn.whole for drawn, _ in own]
    ratios = [base.whole / drawn.whole for (drawn, _), (base, _) in zip(own, eager, strict=False)]
    unsaved = [drawn.unsaved for drawn, _ in own if drawn.unsaved is not None]
    return {
        "rounds": len(own), "seconds": spread(whole), "unsaved_seconds": spread(unsaved) if unsaved else None,
        "x_eager": spread(ratios) if ratios else None, **told_by([watch for _, watch in own]),
    }  # fmt: skip


def write(report: dict[str, Any], out: Path) -> None:
    write_whole(out / "peers.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "peers.md", as_markdown(report).encode())


HEAD = (
    "peer", "seconds a picture", "without saving", "x eager", "NVML %", "SM_UTIL %", "processor",
    "pixels against eager: furthest, PSNR dB, SSIM",
)  # fmt: skip


def as_markdown(report: dict[str, Any]) -> str:
    side = report["size"]
    title = (
        f"# Peers at {side}x{side}, {report['steps']} steps, guidance {report['guidance']:g}, "
        f"{report['pictures']} pictures a round"
    )
    named = [f"- **{one['peer']}**: {one['about']}" for one in report["peers"]]
    notes = [f"- {note}" for note in report["notes"]]
    return "\n\n".join([
        title, markdown(HEAD, rows(report)), "\n".join(named), "\n".join(notes), f"{facts(report['machine'])}.",
    ]) + "\n"  # fmt: skip


def rows(report: dict[str, Any]) -> list[list[str]]:
    return [_row(one) for one in report["peers"]]


def _row(peer: dict[str, Any]) -> list[str]:
    if "failed" in peer:
        return [peer["peer"], f"failed: {peer['failed']}"]
    quality = peer.get("against_eager") or {}
    pixels = (
        number(quality.get("pixels_max"), 0), number(quality.get("pixels_psnr_db"), 1),
        number(quality.get("pixels_ssim"), 4),
    )  # fmt: skip
    return [
        peer["peer"], _told(peer.get("seconds"), 3), _told(peer.get("unsaved_seconds"), 3), _told(peer.get("x_eager")),
        number(peer.get("nvml"), 0), number(peer.get("sm_util"), 1), share(peer.get("processor_share")),
        ", ".join(pixels),
    ]  # fmt: skip


def _told(values: dict[str, float] | None, places: int = 2) -> str:
    if values is None:
        return "–"
    low, high = number(values["lowest"], places), number(values["highest"], places)
    return f"{number(values['median'], places)} ({low} to {high})"
