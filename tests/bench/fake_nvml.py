"""NVIDIA's management library as far as we ask it, with a card that exists on paper."""

import time
from types import SimpleNamespace

import pynvml


class FakeNvml:
    """Stands for the module `pynvml`. `percents`: samples of 0.1 s that end now; `missing`: calls that fail."""

    def __init__(self, percents=(), *, others=0, divided=False, gpm=True, missing=None, sm_util=12.5):
        self.percents, self.pids, self.divided, self.gpm = list(percents), [10**9] * others, divided, gpm
        self.missing, self.told, self.freed, self.closed = missing or {}, sm_util, 0, 0
        self.born = time.time()

    def __getattr__(self, name):
        return getattr(pynvml, name)  # its constants, errors and structures

    def _fail(self, name):
        if name in self.missing:
            raise self.missing[name]

    def nvmlInit(self):
        self._fail("init")

    def nvmlShutdown(self):
        self.closed += 1

    def nvmlDeviceGetHandleByUUID(self, identity):
        self._fail("handle")
        assert identity.startswith("GPU-")
        return identity

    def nvmlDeviceGetMigMode(self, handle):
        return [int(self.divided), 0]

    def nvmlSystemGetDriverVersion(self):
        return "580.1"

    def nvmlDeviceGetSamples(self, handle, kind, since):
        self._fail("samples")
        assert kind == pynvml.NVML_GPU_UTILIZATION_SAMPLES
        count = len(self.percents)
        all_of_them = [
            SimpleNamespace(
                timeStamp=int((self.born + 0.1 * (i + 1 - count)) * 1e6), sampleValue=SimpleNamespace(uiVal=p)
            )
            for i, p in enumerate(self.percents)
        ]
        newer = [one for one in all_of_them if one.timeStamp > since]
        if not newer:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return 1, newer

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        self._fail("processes")
        return [SimpleNamespace(pid=pid) for pid in self.pids]

    def nvmlGpmQueryDeviceSupport(self, handle):
        self._fail("gpm")
        return SimpleNamespace(isSupportedDevice=int(self.gpm))

    def nvmlGpmSampleAlloc(self):
        return pynvml.c_nvmlGpmSample_t()

    def nvmlGpmSampleGet(self, handle, sample):
        self._fail("gpm sample")

    def nvmlGpmMetricsGet(self, asked):
        assert (asked.version, asked.numMetrics) == (pynvml.NVML_GPM_METRICS_GET_VERSION, 1)
        assert asked.metrics[0].metricId == pynvml.NVML_GPM_METRIC_SM_UTIL
        asked.metrics[0].value, asked.metrics[0].nvmlReturn = self.told, pynvml.NVML_SUCCESS

    def nvmlGpmSampleFree(self, sample):
        self.freed += 1
