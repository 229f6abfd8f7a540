"""Hand-made traces in Chrome's format: times in microseconds, one main thread (1) unless another is named."""

from pawlette.bench.marks import WINDOW

MAIN = 1
PLACES = {"HtoD": "Pageable -> Device", "DtoH": "Device -> Pageable"}


def event(cat, name, start, end, tid=MAIN, **args):
    return {
        "ph": "X",
        "cat": cat,
        "name": name,
        "ts": start,
        "dur": end - start,
        "pid": 7,
        "tid": tid,
        "args": args,
    }


def trace(*events, end, start=0):
    window = event("user_annotation", WINDOW, start, end)
    return {
        "traceEvents": [{"ph": "M", "name": "process_name", "pid": 7, "tid": 0, "args": {}}, window, *events]
    }


def mark(name, start, end, tid=MAIN):
    return event("user_annotation", f"pawlette: {name}", start, end, tid)


def op(name, start, end, tid=MAIN):
    return event("cpu_op", f"aten::{name}", start, end, tid)


def launched(kernel, asked, ran, tid=MAIN, *, number, call="cudaLaunchKernel"):
    """A runtime call and the kernel that it asked for: two (start, end)."""
    return (
        event("cuda_runtime", call, *asked, tid, correlation=number),
        event("kernel", kernel, *ran, tid=0, correlation=number),
    )


def copied(direction, asked, ran, tid=MAIN, *, number):
    return (
        event("cuda_runtime", "cudaMemcpyAsync", *asked, tid, correlation=number),
        event("gpu_memcpy", f"Memcpy {direction} ({PLACES[direction]})", *ran, tid=0, correlation=number),
    )
