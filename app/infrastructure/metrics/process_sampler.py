"""Metrics of the process itself."""

import os
import platform
import time
from pathlib import Path

from app.config.settings import Settings
from app.ports.metrics import Metrics
from app.utils.platform_support import soft_limit_of_open_files

_DESCRIPTORS = Path("/proc/self/fd")
_MEMORY = Path("/proc/self/statm")


class ProcessSampler:
    """Memory and descriptors are known on Linux alone."""

    def __init__(self, metrics: Metrics) -> None:
        self._cpu = metrics.counter("process_cpu_seconds_total")
        self._cpu_seconds = 0.0
        self._memory = metrics.gauge("process_resident_memory_bytes") if _MEMORY.exists() else None
        self._open = metrics.gauge("process_open_fds") if _DESCRIPTORS.is_dir() else None

    def sample(self) -> None:
        before, self._cpu_seconds = self._cpu_seconds, time.process_time()
        self._cpu.add(self._cpu_seconds - before)
        if self._memory is not None:
            pages = int(_MEMORY.read_text().split()[1])
            self._memory.set(pages * os.sysconf("SC_PAGE_SIZE"))
        if self._open is not None:
            # Without the descriptor of the listing itself.
            self._open.set(sum(1 for _ in _DESCRIPTORS.iterdir()) - 1)


def describe_process(metrics: Metrics, settings: Settings, process: str) -> None:
    """Set what does not change, and sample what does."""
    metrics.set_gauge(
        "build_info",
        1,
        version=settings.app_version,
        service=settings.service_name,
        python=platform.python_version(),
        process=process,
    )
    metrics.set_gauge("worker_processes", 1)
    metrics.set_gauge("process_start_time_seconds", time.time())
    if (limit := soft_limit_of_open_files()) is not None:
        metrics.set_gauge("process_max_fds", limit)
    metrics.add_sampler(ProcessSampler(metrics).sample)
