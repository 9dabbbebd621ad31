"""Send ended spans in the background, and count those that are lost."""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from app.infrastructure.logging.repeated_lines import RepeatedLines

logger = logging.getLogger(__name__)

DEFAULT_MAX_WAITING = 2048
FLUSH_SECONDS = 2.0
"""Time to send the last spans when the process stops; a receiver that is down must not delay it."""


class CountedExporter(SpanExporter):
    """Passes batches on, and logs one line when the first is lost and one when that is over."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.taken = 0
        self.sent = 0
        self.is_closed = False
        self._lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.sent += len(spans)
            self._report_recovery()
        else:
            self._count_loss(len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def _count_loss(self, spans: int) -> None:
        if not self._lost and not self.is_closed:
            logger.warning("Spans are lost: the receiver of traces does not accept them")
        self._lost += spans

    def _report_recovery(self) -> None:
        if self._lost and not self.is_closed:
            logger.warning("%d spans were lost; the receiver accepts them again", self._lost)
            self._lost = 0


class SpanQueue:
    """Holds a bounded number of spans; a thread sends them in batches.

    Sizes and intervals are OpenTelemetry's, with its variables `OTEL_BSP_*`.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = CountedExporter(exporter)
        self._max_waiting = _max_waiting()
        self._processor = BatchSpanProcessor(self._exporter, max_queue_size=self._max_waiting)
        # Written by the event loop alone, as `taken` is by the thread: no lock is needed.
        self._accepted = 0
        self._dropped = 0
        self._drops: RepeatedLines[None] = RepeatedLines(max_lines=1, report=_report_drops)

    def put(self, span: ReadableSpan) -> None:
        """Queue a span, or drop it if the queue is full."""
        if self._accepted - self._exporter.taken >= self._max_waiting:
            self._drop()
            return
        self._accepted += 1
        self._processor.on_end(span)

    def _drop(self) -> None:
        self._dropped += 1
        if self._drops.admits("drops", None):
            logger.warning("Spans are lost: %d wait to be sent", self._max_waiting)

    async def aclose(self) -> None:
        """Send what waits, for at most FLUSH_SECONDS; log how many spans were not sent."""
        loop, is_done = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self._processor.shutdown()  # type: ignore[no-untyped-call]
            # The loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(is_done.set)

        # A daemon, because the interpreter waits for the threads of an executor.
        Thread(target=flush, name="flush-spans", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await is_done.wait()
        self._exporter.is_closed = True
        if unsent := self._accepted + self._dropped - self._exporter.sent:
            logger.warning("%d spans were not sent to the receiver of traces", unsent)


def _report_drops(_: None, spans: int) -> None:
    text = "%d more spans were lost within a minute: the receiver of traces is too slow"
    logger.warning(text, spans)


def _max_waiting() -> int:
    value = os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", "")
    return int(value) if value.isdecimal() and int(value) else DEFAULT_MAX_WAITING
