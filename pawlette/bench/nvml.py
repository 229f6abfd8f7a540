"""What NVIDIA's management library tells of one card: its utilisation samples, GPM's SM_UTIL, who else uses it.

Knows no engine and no clock. NVML's utilisation is the share of a sampling period (1/6 to 1 s) in which at least one
kernel was there, whether it filled the card or a single thread of it: docs/measuring.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pynvml

from pawlette import device as devices
from pawlette.bench.gauge import Unseen

NO_LIBRARY = (
    pynvml.NVMLError_LibraryNotFound,
    pynvml.NVMLError_DriverNotLoaded,
    pynvml.NVMLError_FunctionNotFound,
)

DIVIDED = "this card is divided (MIG), and NVML tells no utilisation of a part of one"


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the driver's own: utilisation over the period that ended at `time`."""

    time: float  # seconds of the system's clock (time.time)
    percent: float


class Card:
    """The NVIDIA card behind a torch device. Raises Unseen where NVML tells nothing of it. Close it."""

    def __init__(self, device: str) -> None:
        try:
            pynvml.nvmlInit()
        except NO_LIBRARY as error:
            raise Unseen("NVML is not here: no NVIDIA driver was found") from error
        except pynvml.NVMLError as error:
            raise Unseen(f"NVML could not be started ({error})") from error
        try:
            self._handle = _handle(device)
            if _is_divided(self._handle):
                raise Unseen(DIVIDED)
            self.driver = str(pynvml.nvmlSystemGetDriverVersion())
            self.no_gpm = self._why_no_gpm()
        except pynvml.NVMLError as error:
            self.close()
            raise Unseen(f"NVML does not answer for this card ({error})") from error
        except Unseen:
            self.close()
            raise

    def close(self) -> None:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()

    def samples(self, since: float = 0.0) -> list[Sample]:
        """Utilisation samples newer than a moment of time.time(), from the driver's ring buffer; raises Unseen."""
        try:
            _, found = pynvml.nvmlDeviceGetSamples(
                self._handle, pynvml.NVML_GPU_UTILIZATION_SAMPLES, int(since * 1e6)
            )
        except pynvml.NVMLError_NotFound:
            return []  # none since then
        except pynvml.NVMLError as error:
            raise Unseen(f"this driver keeps no utilisation samples ({error})") from error
        newer = [Sample(one.timeStamp / 1e6, float(one.sampleValue.uiVal)) for one in found]
        return [one for one in newer if one.time > since]

    def others(self) -> int | None:
        """How many other processes compute on the card; None where the driver does not tell."""
        try:
            running = pynvml.nvmlDeviceGetComputeRunningProcesses(self._handle)
        except pynvml.NVMLError:
            return None
        return sum(one.pid != os.getpid() for one in running)

    # -- GPM: the card's own counters ------------------------------------------------------------------------

    def _why_no_gpm(self) -> str | None:
        try:
            if pynvml.nvmlGpmQueryDeviceSupport(self._handle).isSupportedDevice:
                return None
        except pynvml.NVMLError as error:
            return f"SM_UTIL is not told by this driver ({error})"
        return "SM_UTIL (GPM) is told by Hopper cards and newer ones; this one is none"

    def begin_gpm(self) -> Callable[[], float | None]:
        """Read the card's counters now; what is returned reads them again: SM_UTIL between the two, in percent."""
        if self.no_gpm is not None:
            return lambda: None
        try:
            first = pynvml.nvmlGpmSampleAlloc()
            pynvml.nvmlGpmSampleGet(self._handle, first)
        except pynvml.NVMLError as error:
            self.no_gpm = f"SM_UTIL could not be read ({error})"
            return lambda: None
        return lambda: self._end_gpm(first)

    def _end_gpm(self, first: Any) -> float | None:
        second = None
        try:
            second = pynvml.nvmlGpmSampleAlloc()
            pynvml.nvmlGpmSampleGet(self._handle, second)
            asked = pynvml.c_nvmlGpmMetricsGet_t()
            asked.version, asked.numMetrics = pynvml.NVML_GPM_METRICS_GET_VERSION, 1
            asked.sample1, asked.sample2 = first, second
            asked.metrics[0].metricId = pynvml.NVML_GPM_METRIC_SM_UTIL
            pynvml.nvmlGpmMetricsGet(asked)
            told = asked.metrics[0]
            return float(told.value) if told.nvmlReturn == pynvml.NVML_SUCCESS else None
        except pynvml.NVMLError as error:
            self.no_gpm = f"SM_UTIL could not be read ({error})"
            return None
        finally:
            for sample in (first, second):
                with suppress(pynvml.NVMLError):
                    if sample is not None:
                        pynvml.nvmlGpmSampleFree(sample)


def _handle(device: str) -> Any:
    """NVML numbers all cards of a machine, CUDA those that the process may see: the identity is what both know."""
    identity = devices.uuid(device)
    if identity is None:
        raise Unseen("this PyTorch does not tell the card's identity, which NVML needs")
    if identity.startswith("MIG-"):
        raise Unseen(DIVIDED)
    return pynvml.nvmlDeviceGetHandleByUUID(identity)


def _is_divided(handle: Any) -> bool:
    try:
        return bool(pynvml.nvmlDeviceGetMigMode(handle)[0] == pynvml.NVML_DEVICE_MIG_ENABLE)
    except pynvml.NVMLError:  # a card that cannot be divided
        return False
