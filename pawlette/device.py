"""Which device draws, in which precision, in which order and within which memory. The only file that says torch.cuda.

Knows no model and no stage.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable
from types import TracebackType

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from pawlette.errors import BadJob


def choose(name: str = "auto") -> str:
    """A device name that torch knows: "cuda" or "mps" where there is one, else "cpu". Raises BadJob."""
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = name.partition(":")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    counted = index == "" or (index.isascii() and index.isdigit() and len(index) < 4)
    if kind == "cuda" and index and counted:
        counted = int(index) < torch.cuda.device_count()
    if not there.get(kind, False) or not counted:
        raise BadJob(
            f"device {name!r} is not here; there is {', '.join(k for k, yes in there.items() if yes)}, or auto"
        )
    return name


def several(names: str = "auto") -> tuple[str, ...]:
    """Devices that draw beside each other: names with commas between them, or "all" CUDA devices. Raises BadJob.

    "all" is one device, the best, where there is no CUDA.
    """
    if names == "all":
        return tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) or (choose(),)
    return tuple(choose(name.strip()) for name in names.split(","))


DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16, "fp8": torch.bfloat16}
FP8_CAPABILITY = (8, 9)  # the first cards that multiply 8-bit floats


def dtype_for(device: str) -> torch.dtype:
    """bfloat16 on a GPU that has it, float32 elsewhere: a CPU is not faster in half precision without AMX."""
    return torch.bfloat16 if _has_bfloat16(device) else torch.float32


def _has_bfloat16(device: str) -> bool:
    return device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False)


def precision_on(device: str, asked: str = "auto") -> str:
    """ "fp32", "fp16", "bf16" or "fp8": what is asked, or what suits the device. Raises BadJob where it cannot."""
    if asked == "auto":
        return "bf16" if dtype_for(device) is torch.bfloat16 else "fp32"
    if asked in ("bf16", "fp8") and device.startswith("cuda") and not _has_bfloat16(device):
        raise BadJob(f"this card has no {asked}; --precision fp16 or fp32 will do")
    if asked == "fp8":
        _check_fp8(device)
    return asked


def _check_fp8(device: str) -> None:
    """On a CPU its numbers are computed by a slow way of their own, for the sake of tests."""
    if device.startswith("cuda") and (has := torch.cuda.get_device_capability(device)) < FP8_CAPABILITY:
        raise BadJob(
            f"fp8 needs a card of compute capability 8.9 or more (Ada, Hopper, Blackwell); this one has "
            f"{has[0]}.{has[1]}: --precision bf16 or fp16 will do"
        )
    if not device.startswith(("cuda", "cpu")):
        raise BadJob(f"fp8 needs an NVIDIA card; on {device} --precision fp16 or fp32 will do")


def finish_work(device: str) -> None:
    """Wait until the device has done all that it was asked: for measurements and behind loading, never in a step."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device.startswith("mps"):
        torch.mps.synchronize()


def finish_lane(device: str) -> None:
    """Wait for what this thread has asked for in its order of work, as others may read it next.

    Other lanes go on, and may record: to wait for the whole device would break a recording.
    """
    if device.startswith("cuda"):
        torch.cuda.current_stream(device).synchronize()
    else:
        finish_work(device)


def read_here(tensors: Iterable[Tensor]) -> None:
    """What another lane has made and finished is read by this thread's: its memory is not given away before."""
    for tensor in tensors:
        if tensor.is_cuda:
            tensor.record_stream(torch.cuda.current_stream(tensor.device))


def few(numbers: Tensor, device: torch.device) -> Tensor:
    """A few numbers of the host's on the device, without waiting for what it was asked before."""
    # Only CUDA stages such a small copy before it returns; elsewhere the source could be gone too early.
    return numbers.to(device, non_blocking=device.type == "cuda")


def forget_peak_memory(device: str) -> None:
    """Begin anew what `peak_memory` counts."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: str) -> int | None:
    """The most bytes that tensors have held on a CUDA device so far; None where nobody counts them."""
    return torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else None


def peak_reserved_memory(device: str) -> int | None:
    """The most bytes that PyTorch has kept of a CUDA device, in use or for its next tensors; None elsewhere."""
    return torch.cuda.max_memory_reserved(device) if device.startswith("cuda") else None


def give_back_memory(device: str) -> None:
    """What PyTorch keeps of a CUDA device for its next tensors: between measurements, never while drawing."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def named(device: str) -> str:
    """What the device is called by its maker, where it is a CUDA device."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def capability(device: str) -> tuple[int, int]:
    """The compute capability of a CUDA device."""
    return torch.cuda.get_device_capability(device)


def is_nvidia() -> bool:
    """Whether what PyTorch calls CUDA is; AMD's cards answer to the same name."""
    return torch.version.cuda is not None


def total_memory(device: str) -> int:
    """The bytes that a CUDA device has."""
    return int(torch.cuda.get_device_properties(device).total_memory)


def limit_memory(device: str, most: int | None) -> None:
    """Let PyTorch have at most so many bytes of a CUDA device from now on; None: all of it. For measurements."""
    total = total_memory(device)
    share = 1.0 if most is None else min(1.0, max(0, most) / total)
    with torch.cuda.device(device):  # the call itself takes no device without its number
        torch.cuda.set_per_process_memory_fraction(share)


def outside_memory(device: str) -> int | None:
    """The bytes of a CUDA device that are in use but not PyTorch's: its context, and what other programs hold."""
    if not device.startswith("cuda"):
        return None
    free, total = torch.cuda.mem_get_info(device)
    return total - free - torch.cuda.memory_reserved(device)


def uuid(device: str) -> str | None:
    """The identity of a CUDA device as NVIDIA's tools write it; None elsewhere, or where PyTorch does not tell it."""
    if not device.startswith("cuda"):
        return None
    told = str(getattr(torch.cuda.get_device_properties(device), "uuid", "") or "")
    return (told if told.startswith(("GPU-", "MIG-")) else f"GPU-{told}") if told else None


def spin(device: str, cycles: int) -> None:
    """Keep one multiprocessor of a CUDA device busy for so many clock cycles, with one thread: for calibration."""
    with torch.cuda.device(device):
        torch.cuda._sleep(cycles)


def current(device: str) -> contextlib.AbstractContextManager[object]:
    """Inside, this thread's current CUDA device is this one: kernels that are not PyTorch's own start there."""
    return torch.cuda.device(device) if device.startswith("cuda") else contextlib.nullcontext()


class Stopwatch:
    """Seconds that a CUDA device itself counts between two places in a stream's order; for measurements."""

    def __init__(self, device: str) -> None:
        with torch.cuda.device(device):
            self._start, self._end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            self._stream = torch.cuda.current_stream(device)

    def start(self) -> None:
        self._start.record(self._stream)

    def stop(self) -> None:
        self._end.record(self._stream)

    def wait(self) -> float:
        """Until the device has come to the end."""
        self._end.synchronize()
        return self._start.elapsed_time(self._end) / 1e3


def used_memory(device: str) -> int | None:
    """The bytes that tensors hold on a CUDA device now; None where nobody counts them."""
    return torch.cuda.memory_allocated(device) if device.startswith("cuda") else None


def free_memory(device: str) -> int | None:
    """The bytes that tensors could still get on a CUDA device; None where nobody counts them."""
    if not device.startswith("cuda"):
        return None
    # PyTorch keeps what was freed for its next tensors, except what belongs to a recording.
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    with _listing:
        recorded = sum(recording.bytes for recording in _recordings if recording.device == device)
    return torch.cuda.mem_get_info(device)[0] + max(0, kept - recorded)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether a smaller batch may do where this error came."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def shares(device: str) -> tuple[int, int, int]:
    """How many lanes should denoise, how many CPU threads each may use for one operation, and how many where it
    works alone.

    On a CPU two, of half the cores: while one decodes the others go on, and no core waits for another at the end of
    each operation (docs/benchmarks/stream.md). A GPU's own lane fills it.
    """
    cores = torch.get_num_threads()
    return (2, cores // 2, cores) if device == "cpu" and cores > 1 else (1, cores, cores)


def writers(device: str, beside: int = 1) -> int:
    """How many threads of one engine make files of pixels: one on a CPU, whose cores denoise; beside a GPU a quarter
    of the cores, shared with the other engines `beside` it, and four at most: a finish takes a core longer than a large
    card takes for the picture (docs/benchmarks/png.md).
    """
    return 1 if device == "cpu" else max(1, min(4, torch.get_num_threads() // (4 * beside)))


_asking = threading.Lock()


def use_threads(count: int) -> None:
    """How many CPU threads an operation of this thread may use; other threads keep their number."""
    with _asking:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        # Threads to come take the number that was said last, by whichever thread: let one say the old number.
        other = threading.Thread(target=torch.set_num_threads, args=(before,))
        other.start()
        other.join()


class Lane:
    """One stage's own order of work on a device: a CUDA stream, or nothing where work is done when it is asked.

    Entered by the thread that asks. Lanes run beside each other but for what `follow` says.
    """

    def __init__(self, device: str, threads: int = 1) -> None:
        self.stream = torch.cuda.Stream(device) if device.startswith("cuda") else None
        self.threads = threads
        self._entered = contextlib.ExitStack()

    def __enter__(self) -> Lane:
        use_threads(self.threads)
        if self.stream is not None:
            # Behind what was asked outside any lane, such as the loading of weights.
            self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
            self._entered.enter_context(torch.cuda.stream(self.stream))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._entered.close()

    def use(self, threads: int) -> None:
        """From now on so many CPU threads an operation; called by the thread that entered."""
        if threads != self.threads:
            use_threads(threads)
            self.threads = threads

    def mark(self) -> Mark:
        """A place behind all that this lane has been asked so far."""
        return None if self.stream is None else self.stream.record_event()

    def milestone(self) -> Mark:
        """A mark for which the host may wait without keeping a core busy."""
        return None if self.stream is None else self.stream.record_event(torch.cuda.Event(blocking=True))

    def place(self) -> Mark:
        """A mark that knows its time by the device's own clock; None where there is no such clock."""
        if self.stream is None:
            return None
        return self.stream.record_event(torch.cuda.Event(enable_timing=True))

    def follow(self, mark: Mark, tensors: Iterable[Tensor]) -> None:
        """What is asked from now on starts behind the mark of another lane, whose tensors it may read.

        The device waits, the host does not; the tensors' memory is not given away before this lane is done.
        """
        if self.stream is None or mark is None:
            return
        self.stream.wait_event(mark)
        read_here(tensors)


Mark = torch.cuda.Event | None  # None: where work is done when it is asked


def is_done(mark: Mark) -> bool:
    """Whether the device has come to the mark."""
    return mark is None or mark.query()


def wait_for(mark: Mark) -> None:
    """Until the device has come to the mark."""
    if mark is not None:
        mark.synchronize()


def lane_of(device: str) -> Hashable:
    """The order of work that this thread asks in: what must not be mixed where buffers are used again."""
    return torch.cuda.current_stream(device).cuda_stream if device.startswith("cuda") else None


WARM_UPS = 2  # runs before a recording: they compile and choose kernels, which a recording may not
_one_at_a_time = threading.Lock()  # PyTorch records one graph at a time


class Recording:
    """A CUDA graph: work that was asked once and is replayed on the same memory. `output` is written anew each time.

    While it is recorded nobody may wait for the whole device, as the compiler does when it times kernels: where both
    are wanted, a rehearsal, a group after the other, compiles and records what the pictures behind it replay.
    """

    def __init__(self, device: str, act: Callable[[], Tensor]) -> None:
        self.device = device
        with _one_at_a_time:
            side, current = torch.cuda.Stream(device), torch.cuda.current_stream(device)
            side.wait_stream(current)
            with torch.cuda.stream(side):
                for _ in range(WARM_UPS):
                    act()
            current.wait_stream(side)
            self._graph = torch.cuda.CUDAGraph()
            # thread_local: what other stages ask of the device meanwhile is not recorded and does not disturb.
            try:
                with torch.cuda.graph(self._graph, stream=side, capture_error_mode="thread_local"):
                    self.output = act()
            except RuntimeError:
                _end_pool(self._graph)
                raise
        self.bytes = _pool_bytes(self._graph.pool())
        with _listing:
            _recordings.add(self)

    def replay(self) -> None:
        """On the stream of the thread that asks."""
        self._graph.replay()


def _end_pool(graph: torch.cuda.CUDAGraph) -> None:
    """A recording that broke may leave the allocator believing that it goes on, and nothing is given back any more."""
    with contextlib.suppress(RuntimeError):
        torch._C._cuda_endAllocateToPool(torch.cuda.current_device(), graph.pool())


_recordings = weakref.WeakSet[Recording]()
_listing = threading.Lock()


def _pool_bytes(pool: tuple[int, int]) -> int:
    segments = torch.cuda.memory_snapshot()
    return sum(one["total_size"] for one in segments if tuple(one.get("segment_pool_id", ())) == tuple(pool))


# What is tried behind the chosen kernel where that one cannot: with a mask, in float32, at odd widths.
ATTENTION = {
    "math": [SDPBackend.MATH],
    "efficient": [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH],
    "flash": [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH],
    "cudnn": [
        SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH,
    ],
}  # fmt: skip
_attention = contextlib.ExitStack()
_attention_now = "auto"
_choosing = threading.Lock()


def use_attention(name: str) -> None:
    """Prefer a kernel for attention, in the whole process until another is named; "auto" is PyTorch's own order.

    PyTorch keeps this choice once for all threads, so it is not turned on and off around single calls.
    """
    global _attention_now
    with _choosing:
        if name == _attention_now:
            return
        _attention.close()
        _attention_now = "auto"
        if name != "auto":
            _attention.enter_context(sdpa_kernel(ATTENTION[name], set_priority=True))
            _attention_now = name
