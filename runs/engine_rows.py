"""What must be shown of the engine on one GPU: the cases that are measured, and the figures set beside their marks.

Knows no model: a case is a name and settings, a figure is read from a case's report. The marks are for an H200.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Reports = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One subprocess: what it measures and how long it may take, in seconds."""

    name: str
    kind: str  # "ladder", "load" or "flat"
    model: str
    limit: int
    wish: tuple[int, int, float] = (1024, 8, 1.0)  # pixels, steps, guidance
    rungs: tuple[str, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)  # of Plan or Bounds
    fallback: tuple[str, ...] = ()  # rungs for where one of the others fails


WHOLE = {"jobs": 32, "rounds": 3, "slice": 4}
STAGES = {"jobs": 16, "streams": False}
BRIEF = {"jobs": 8, "rounds": 3, "slice": 2}

ONE_BY_ONE = ("graphless", "fp8-graphless", "uncompiled")
TOGETHER = ("graphless-16", "fp8-graphless-16", "graphless", "uncompiled-16")

CASES = (  # in the order of importance
    Case("2.1 at 1024", "ladder", "2.1", 440, (1024, 8, 1.0), ("all", "fp8"), WHOLE, ONE_BY_ONE),
    Case("2.1 at 256", "ladder", "2.1", 420, (256, 8, 1.0), ("all", "all-16"), WHOLE | {"jobs": 256}, TOGETHER),
    Case("2.1 at 256, FP8", "ladder", "2.1", 300, (256, 8, 1.0), ("fp8-16",), WHOLE | {"jobs": 256}, TOGETHER),
    Case("1.x at 512", "ladder", "1.x", 240, (512, 8, 4.0), ("all", "all-16", "fp8-16"), STAGES, TOGETHER),
    Case("1.x, the table", "ladder", "1.x", 150, (512, 8, 4.0), ("inline", "table"), STAGES),
    Case("1.x at 1024", "ladder", "1.x", 270, (1024, 8, 4.0), ("all", "fp8"), STAGES, ONE_BY_ONE),
    # Uncompiled: four sizes and guidances would be compiled and recorded for minutes before the first arrival.
    Case("2.1 loaded", "load", "2.1", 240, rungs=("uncompiled-4",), plan={"jobs": 48, "seconds": 25.0}),
    Case("2.1, 512 jobs", "flat", "2.1", 180, (256, 8, 1.0), ("all-16",), {"jobs": 512}),
    Case("2.1 at 256, all rungs", "ladder", "2.1", 420, (256, 8, 1.0), (), BRIEF | {"jobs": 32}),
    Case("2.1 at 1024, switches", "ladder", "2.1", 420, (1024, 8, 1.0), (
        "inline", "engine", "packed", "cudnn", "prefix", "folded", "compiled", "graphs"), BRIEF),
    Case("1.x at 512, streams", "ladder", "1.x", 420, (512, 8, 4.0), (
        "all", "all-16", "fp8-16", "engine", "packed", "cudnn", "folded", "compiled", "graphs"), BRIEF | {"jobs": 16}),
)  # fmt: skip
ON_CPU = Case(
    "built-in on a CPU", "ladder", "builtin", 540, (256, 8, 1.0), ("inline", "engine"),
    {"jobs": 16, "rounds": 3, "slice": 4},
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A measured figure and its mark: at least, at most, or merely told."""

    row: str
    what: str
    case: str
    read: Callable[[Any], Any]  # from the case's report
    least: float | None = None
    most: float | None = None


def of(rung: str, *path: str | int) -> Callable[[Any], Any]:
    """A rung's figure, by its path in the ladder's report."""

    def read(report: Any) -> Any:
        entry = value = next(one for one in report["cases"][0]["rungs"] if one["rung"] == rung)
        try:
            for key in path:
                value = value[key]
        except (KeyError, TypeError):
            raise LookupError(entry.get("failed") or entry.get("skipped") or "not measured") from None
        return value

    return read


def scaled(factor: float, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda report: factor * read(report)


def saved(report: Any) -> float:
    """GB of weights that the modulation table saves."""
    with_weights, with_table = (of(rung, "memory", "weights_gib")(report) for rung in ("inline", "table"))
    return (with_weights - with_table) * 2**30 / 1e9


def drift(report: Any) -> float:
    """How fast the baseline was beside the last rung, of what it was before any trace: 1 where nothing drifted."""
    rungs = [one for one in report["cases"][0]["rungs"] if "baseline_per_minute" in one]
    return rungs[-1]["baseline_per_minute"]["default"]["median"] / of("baseline", "untraced_per_minute")(
        report
    )


RATIO = ("ratio", "default", "median")
LEVEL4 = ("ratio", "level 4", "median")
NO_PNG = ("ratio", "none", "median")
LAST_STEP = ("against_plain", "relative_by_step", -1)

FIGURES = (
    Figure("2.1, 1024², bf16", "x the baseline", "2.1 at 1024", of("all", *RATIO), least=1.7),
    Figure("2.1, 1024², bf16", "x at PNG level 4", "2.1 at 1024", of("all", *LEVEL4), least=1.5),
    Figure("2.1, 1024², bf16", "x without PNG", "2.1 at 1024", of("all", *NO_PNG)),
    Figure("2.1, 1024², bf16", "of 1 / sum of kernel times", "2.1 at 1024", of("all", "of_kernel_floor"), least=0.97),
    Figure("2.1, 1024², FP8", "x the baseline", "2.1 at 1024", of("fp8", *RATIO), least=2.4),
    Figure("2.1, 1024², FP8", "x at PNG level 4", "2.1 at 1024", of("fp8", *LEVEL4), least=2.1),
    Figure("2.1, 1024², FP8", "x without PNG", "2.1 at 1024", of("fp8", *NO_PNG)),
    Figure("2.1, 1024², FP8", "relative error after step 1", "2.1 at 1024",
           of("fp8", "against_plain", "relative_by_step", 0)),
    Figure("2.1, 1024², FP8", "relative error of the whole", "2.1 at 1024", of("fp8", *LAST_STEP)),
    Figure("2.1, 1024², FP8", "PSNR of pixels, dB", "2.1 at 1024", of("fp8", "against_plain", "pixels_psnr_db")),
    Figure("2.1, 256², batch 1", "x the baseline", "2.1 at 256", of("all", *RATIO), least=5),
    Figure("2.1, 256², batch 16", "x the baseline, bf16", "2.1 at 256", of("all-16", *RATIO), least=9),
    Figure("2.1, 256², batch 16", "x the baseline, FP8", "2.1 at 256, FP8", of("fp8-16", *RATIO), least=13),
    Figure("1.x, 512², guidance 4", "ms a step, batch 1", "1.x at 512", of("all", "stages", "step_ms"), most=65),
    Figure("1.x, 512², guidance 4", "image-steps a second, batch 16, bf16", "1.x at 512",
           of("all-16", "stages", "image_steps"), least=20),
    Figure("1.x, 512², guidance 4", "image-steps a second, batch 16, FP8", "1.x at 512",
           of("fp8-16", "stages", "image_steps"), least=28),
    Figure("1.x, 1024², guidance 4", "ms a step, bf16", "1.x at 1024", of("all", "stages", "step_ms"), most=235),
    Figure("1.x, 1024², guidance 4", "ms a step, FP8", "1.x at 1024", of("fp8", "stages", "step_ms"), most=170),
    # 6.797 B parameters in bfloat16 are 13.594 GB; the table takes 4.4 MB a timestep of it back, of the model's own 50
    # steps and of the 8 that are drawn.
    Figure("modulation table", "GB less, the table counted", "1.x, the table", saved, least=13.3),
    Figure("modulation table", "furthest latent from the projection's", "1.x, the table",
           of("table", "unguided_against_plain", "latents_max"), most=0),
    Figure("decode 1024²", "ms, 2.1", "2.1 at 1024", scaled(1e3, of("all", "stages", "wall", "decode")), most=40),
    Figure("decode 1024²", "ms, 1.x", "1.x at 1024", scaled(1e3, of("all", "stages", "wall", "decode")), most=30),
    Figure("kernel-busy", "1024²", "2.1 at 1024", of("all", "busy", "share"), least=0.98),
    Figure("kernel-busy", "1024², FP8", "2.1 at 1024", of("fp8", "busy", "share"), least=0.98),
    Figure("kernel-busy", "256², batch 1", "2.1 at 256", of("all", "busy", "share"), least=0.95),
    Figure("kernel-busy", "256², batch 16", "2.1 at 256", of("all-16", "busy", "share"), least=0.95),
    *(
        Figure("Poisson arrivals", f"jobs that overtook one, at most, {100 * share:.0f} %", "2.1 loaded",
               lambda report, n=n: report["loads"][n]["overtaken_most"], most=16)
        for n, share in enumerate((0.5, 0.8, 1.2))
    ),
    *(
        Figure("Poisson arrivals", f"{name} s, {100 * share:.0f} %{of_whom}", "2.1 loaded",
               lambda report, n=n, name=name, key=key: (report["loads"][n][key] if key else report["loads"][n])[name])
        for n, share in enumerate((0.5, 0.8, 1.2))
        for name in ("p50", "p95")
        for of_whom, key in (("", None), (", baseline", "baseline"), (", baseline at its own",
                                                                     "baseline_at_its_own_share"))
    ),
    Figure("512 jobs", "device memory flat", "2.1, 512 jobs", lambda report: float(report["device"]["flat"]), least=1),
    Figure("512 jobs", "host memory flat", "2.1, 512 jobs", lambda report: float(report["host"]["flat"]), least=1),
    Figure("baseline's own drift", "beside the last rung, of before any trace; 1024²", "2.1 at 1024", drift),
    Figure("baseline's own drift", "beside the last rung, of before any trace; 256²", "2.1 at 256", drift),
    Figure("built-in, 2 CPU cores", "pipelined, x diffusers' classes", ON_CPU.name, of("engine", *NO_PNG)),
    Figure("built-in, 2 CPU cores", "inline, x diffusers' classes", ON_CPU.name, of("inline", *NO_PNG)),
    Figure("built-in, 2 CPU cores", "furthest pixel from inline", ON_CPU.name,
           of("engine", "against_plain", "pixels_max"), most=0),
)  # fmt: skip


def judged(figure: Figure, reports: Reports) -> tuple[float | None, str]:
    """The figure, and what comes of it: pass, FAIL, told, or why there is none."""
    report = reports.get(figure.case)
    if report is None:
        return None, "not run"
    try:
        value = figure.read(report)
    except (KeyError, IndexError, TypeError, StopIteration):
        return None, "not measured"
    except LookupError as error:  # with its reason
        return None, str(error)
    if value is None:
        return None, "not measured"
    if figure.least is None and figure.most is None:
        return value, "told"
    well = (figure.least is None or value >= figure.least) and (figure.most is None or value <= figure.most)
    return value, "pass" if well else "FAIL"


def as_markdown(reports: Reports, *, toys: bool = False) -> str:
    """Each figure beside its mark; of toy sizes, without a verdict."""
    lines = ["| case | figure | measured | mark | |", "|---|---|---|---|---|"]
    for figure in FIGURES:
        value, verdict = judged(figure, reports)
        verdict = "toy sizes" if toys and value is not None else verdict
        shown = "–" if value is None else f"{value:.4g}"
        mark = f"≥ {figure.least:g}" if figure.least is not None else ""
        mark = f"≤ {figure.most:g}" if figure.most is not None else mark
        lines.append(f"| {figure.row} | {figure.what} | {shown} | {mark} | {verdict} |")
    return "\n".join(lines) + "\n"
