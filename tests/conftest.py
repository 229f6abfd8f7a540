"""What every test may use: a record of parity figures, printed at the end of the run."""

import gc
import os

import pytest
import torch

if not torch.cuda.is_available():
    # Our own kernels run by Triton's interpreter; it is read once, where Triton is first imported.
    os.environ["TRITON_INTERPRET"] = "1"

PARITY: list[tuple[str, float, float]] = []


@pytest.fixture
def one_thread():
    """Compiled code is of a number of threads; of several, a lane of the engine that works alone would have all."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def record_parity():
    """`record_parity(name, difference, allowed)`: the figure stands in the run's summary."""
    return lambda name, difference, allowed: PARITY.append((name, difference, allowed))


def pytest_collection_finish():
    """What is imported by now stays to the end, so no later collection of garbage has to look through it."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    if PARITY:
        terminalreporter.section("parity with the reference classes (largest difference, float32)")
        for name, difference, allowed in PARITY:
            terminalreporter.write_line(f"{difference:9.2e}  (<= {allowed:.1e})  {name}")
