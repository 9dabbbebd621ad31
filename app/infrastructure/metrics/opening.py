"""Metrics of a process: counted from its start if METRICS_PORT is set, else discarded."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from app.config.settings import Settings
from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.process_sampler import describe_process
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.slots import NoSlots, Slots
from app.ports.metrics import Metrics

logger = logging.getLogger(__name__)


ProcessKind = Literal["api", "relay", "consumer"]


@dataclass(frozen=True, kw_only=True)
class OpenMetrics:
    """The metrics of this process, and the reader of all workers' metrics, None without a port."""

    metrics: Metrics
    collector: Collector | None
    slots: Slots


@contextmanager
def open_metrics(settings: Settings, *, process: ProcessKind) -> Iterator[OpenMetrics]:
    if settings.metrics_port is None:
        yield OpenMetrics(metrics=NO_METRICS, collector=None, slots=NoSlots())
        return
    with _open_memory(settings.service_name) as (slots, memory):
        metrics = ProcessMetrics(Records(memory))
        describe_process(metrics, settings, process)
        collector = Collector(metrics=metrics, memory=memory, slots=slots)
        yield OpenMetrics(metrics=metrics, collector=collector, slots=slots)


@contextmanager
def _open_memory(service_name: str) -> Iterator[tuple[Slots, MetricMemory]]:
    try:
        # Its modules can be imported only with what POSIX offers.
        from app.infrastructure.metrics.worker_group import join_worker_group  # noqa: PLC0415

        slots, memory = join_worker_group(service_name)
    except (ImportError, OSError) as error:
        logger.warning("Each worker has its metrics for itself (%s)", error)
        yield NoSlots(), MetricMemory.private()
        return
    try:
        yield slots, memory
    finally:
        # Another process removes what is left.
        try:
            slots.leave()
        except OSError as error:
            logger.warning("The slot of this worker is left to the next one (%s)", error)
