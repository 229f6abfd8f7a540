"""Is the busy figure true? A device is kept busy for 10 to 100 % of the time, which is known, and every gauge is read.

Each period begins with a burst of work and ends idle. The truth does not come from the tracer: a GPU's own events time
each burst, a CPU's the clock. One multiprocessor spins for the whole of a burst (a single thread of a whole card), or
all of them multiply matrices. On a CPU, one thread or all of them do, and operators stand for kernels.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from pawlette import device as devices
from pawlette.bench.busy import Busy, watch
from pawlette.bench.environment import environment
from pawlette.bench.gauge import Gauge, Watch
from pawlette.bench.ramp_report import as_markdown
from pawlette.bench.tables import number
from pawlette.files import check_folder, write_whole

SHARES = tuple(level / 10 for level in range(1, 11))
PERIOD = 0.08  # seconds: the shortest burst is 8 ms, long beside a launch
OVERHEAD = 0.6  # seconds of a level in which the tracer starts, ends and is read
FIRST = 6.0  # seconds for the device's start and for finding what a burst takes
# Of the matrices: the largest whose product is short beside a burst. Between two products a card pauses for some
# microseconds, which its events count as work and the tracer does not: the fewer products, the truer the truth.
SIDES = (8192, 4096, 2048, 1024)
GRAIN = PERIOD / 40


class Burst(Protocol):
    """Work that was asked for."""

    def wait(self) -> float:
        """Until it is done; how many seconds it kept the device busy, by the device's own clock where it has one."""


@dataclass(frozen=True, slots=True)
class Burner:
    """What keeps a device busy for so many seconds; `ask` returns at once where the device works by itself."""

    name: str
    about: str
    ask: Callable[[float], Burst]


@dataclass(frozen=True, slots=True)
class Level:
    """One share of the time, with what each gauge told of it; shares from 0 to 1, NVML and SM_UTIL in percent."""

    burner: str
    asked: float
    truth: float
    busy: float  # by the tracer
    nvml: float | None
    sm_util: float | None
    processor: float
    periods: int

    @property
    def error(self) -> float:
        """Of the tracer's figure, in points of a hundred."""
        return 100.0 * (self.busy - self.truth)


def run(
    device: str, out: Path, *, budget: float = 55.0, shares: Sequence[float] = SHARES,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:  # fmt: skip
    """Climb the ramp; leaves ramp.json and ramp.md in the folder, anew after every level."""
    check_folder(out)
    start = time.perf_counter()
    with Gauge(device) as gauge:
        made = burners(device)
        left = budget - max(FIRST, time.perf_counter() - start)
        seconds = max(4 * PERIOD, left / (len(shares) * len(made)) - OVERHEAD)
        report: dict[str, Any] = {
            "machine": environment(device, gauge.driver), "notes": gauge.notes, "period": PERIOD,
            "seconds_a_level": seconds, "burners": {one.name: one.about for one in made}, "levels": [],
        }  # fmt: skip
        for burner in made:
            hold(burner, 0.5, 2 * PERIOD)  # what is made at first use
            for share in shares:
                found = level(burner, share, seconds, device, gauge)
                report["levels"].append(asdict(found) | {"error_points": found.error})
                write(report, out)
                say(
                    f"{burner.name}, {100 * share:.0f} % asked: truth {100 * found.truth:.1f}, busy "
                    f"{100 * found.busy:.1f}, NVML {number(found.nvml, 0)}, SM_UTIL {number(found.sm_util, 1)}"
                )
    report["seconds"] = time.perf_counter() - start
    write(report, out)
    return report


def write(report: Mapping[str, Any], out: Path) -> None:
    write_whole(out / "ramp.json", (json.dumps(report, indent=1) + "\n").encode())
    write_whole(out / "ramp.md", as_markdown(report).encode())


def level(burner: Burner, share: float, seconds: float, device: str, gauge: Gauge) -> Level:
    """One share of the time, traced and gauged."""
    held, gauged = list[Held](), list[Watch]()

    @contextmanager
    def gauging() -> Iterator[None]:
        with gauge.watching() as one:
            gauged.append(one)
            yield

    seen = watch(lambda: held.append(hold(burner, share, seconds)), device=device, beside=gauging())
    return told(burner.name, share, held[0], seen, gauged[0])


@dataclass(frozen=True, slots=True)
class Held:
    """How long a device was busy, of how long, in how many periods."""

    busy: float
    wall: float
    periods: int


def hold(
    burner: Burner, share: float, seconds: float, *, clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Held:  # fmt: skip
    """Keep the device busy for a share of whole periods. At 1 the next burst is asked for before the last one ends."""
    start, ran, periods = clock(), 0.0, 0
    under_way = deque[Burst]()
    while periods == 0 or clock() - start < seconds:
        under_way.append(burner.ask(share * PERIOD))
        periods += 1
        while len(under_way) > (share >= 1.0):
            ran += under_way.popleft().wait()
        if share < 1.0 and (idle := start + periods * PERIOD - clock()) > 0:
            sleep(idle)
    ran += sum(burst.wait() for burst in under_way)
    return Held(ran, clock() - start, periods)


def told(name: str, share: float, held: Held, seen: Busy, gauged: Watch) -> Level:
    """What the truth was and what each gauge said of it."""
    return Level(
        name,
        share,
        held.busy / held.wall,
        seen.share,
        gauged.nvml(),
        gauged.sm_util,
        gauged.processor,
        held.periods,
    )


# -- what keeps a device busy --------------------------------------------------------------------------------------


def burners(device: str) -> list[Burner]:
    """One multiprocessor and all of them; on a CPU, one thread and all of them."""
    if not device.startswith("cuda"):
        square = torch.ones(256, 256)
        counts = sorted({1, torch.get_num_threads()})
        names = {count: f"{count} thread{'s' * (count != 1)}" for count in counts}
        return [
            Burner(names[count], "products of 256x256 in float32", partial(_multiply, square, count))
            for count in counts
        ]
    cycles = _per_second(lambda: devices.spin(device, 10_000_000), device) * 10_000_000
    multiply, products, side = _products(device)

    def all_of_them(seconds: float) -> None:
        for _ in range(max(1, round(seconds * products))):
            multiply()

    return [
        Burner("one multiprocessor", "one thread that spins",
               lambda seconds: OnGpu(device, lambda: devices.spin(device, int(seconds * cycles)))),
        Burner("all multiprocessors", f"bfloat16 products of {side}x{side}",
               lambda seconds: OnGpu(device, lambda: all_of_them(seconds))),
    ]  # fmt: skip


def _products(device: str) -> tuple[Callable[[], object], float, int]:
    """A product of matrices, how many of them a second, and their side."""
    for side in SIDES:
        a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
        multiply = partial(torch.mm, a, b, out=torch.empty_like(a))
        rate = _per_second(multiply, device)
        if 1 / rate <= GRAIN:
            break
    return multiply, rate, side


class OnGpu:
    """Work between two of the device's own events."""

    def __init__(self, device: str, act: Callable[[], object]) -> None:
        self._watch = devices.Stopwatch(device)
        self._watch.start()
        act()
        self._watch.stop()

    def wait(self) -> float:
        return self._watch.wait()


def _per_second(act: Callable[[], object], device: str, repeats: int = 20) -> float:
    """How often an act is done in a second, once the device is warm."""
    for _ in range(2):
        took = OnGpu(device, lambda: [act() for _ in range(repeats)]).wait()
    return repeats / took


@dataclass(frozen=True, slots=True)
class Done:
    """Work on a CPU, which is done when it is asked."""

    seconds: float

    def wait(self) -> float:
        return self.seconds


def _multiply(square: Tensor, threads: int, seconds: float) -> Done:
    devices.use_threads(threads)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        torch.mm(square, square)
    return Done(time.perf_counter() - start)
