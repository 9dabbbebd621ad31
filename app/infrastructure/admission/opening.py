import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic, thread_time

from app.config.settings import Settings
from app.infrastructure.admission.admission import SAMPLE_SECONDS, Admission
from app.ports.metrics import Metrics

logger = logging.getLogger(__name__)

SAMPLES_PER_INTERVAL = 5
REPORT_SECONDS = 1.0


@asynccontextmanager
async def open_admission(settings: Settings, *, metrics: Metrics) -> AsyncIterator[Admission]:
    """Measure and report while requests have to wait; an idle process does not wake up."""
    # Until it is measured: as many requests as there are connections to the database.
    admission = Admission(start_limit=settings.database_pool_size)
    contention = asyncio.Event()
    admission.on_contention = contention.set
    task = asyncio.create_task(_watch(admission, contention, metrics))
    try:
        yield admission
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(admission: Admission, contention: asyncio.Event, metrics: Metrics) -> None:
    while True:
        await contention.wait()
        contention.clear()
        while admission.is_contended:
            await _measure_for_a_while(admission)
            _report(admission, metrics)
        admission.limit.reset()


async def _measure_for_a_while(admission: Admission) -> None:
    end = monotonic() + REPORT_SECONDS
    while (interval_start := monotonic()) < end:
        for _ in range(SAMPLES_PER_INTERVAL):
            start, cpu_start = monotonic(), thread_time()
            await asyncio.sleep(SAMPLE_SECONDS)
            admission.sample(monotonic() - start, cpu_seconds=thread_time() - cpu_start)
        admission.end_interval(monotonic() - interval_start)


def _report(admission: Admission, metrics: Metrics) -> None:
    metrics.set_gauge("admission_limit", admission.limit.value)
    metrics.set_gauge("requests_running", admission.running)
    metrics.set_gauge("requests_waiting", admission.waiting)
    refused, admission.refused = admission.refused, 0
    if refused:
        metrics.increment("requests_refused_total", refused, reason="overload")
        logger.warning(
            "Overloaded: refused %d requests within a second; %d run, %d wait",
            *(refused, admission.running, admission.waiting),
        )
