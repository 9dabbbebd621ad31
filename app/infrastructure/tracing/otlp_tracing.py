"""Traces in the form of OpenTelemetry.

Imports its SDK: only `open_tracing` imports this module, where an endpoint is configured.
"""

from random import random

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link

from app.infrastructure.tracing.recorded_span import RecordedSpan, Recorder, read_context
from app.infrastructure.tracing.span_queue import SpanQueue
from app.ports.tracing import NO_ATTRIBUTES, Attributes, SpanKind

_SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
_SAMPLED_LAST_DIGITS = frozenset("13579bdf")


class OtlpTracing:
    """Records the traces that the caller has sampled, and of the others a part."""

    is_enabled = True

    def __init__(self, *, attributes: Attributes, ratio: float, exporter: SpanExporter) -> None:
        """`attributes` describe the process, as do those in OTEL_RESOURCE_ATTRIBUTES."""
        self._ratio = ratio
        self._queue = SpanQueue(exporter)
        self._recorder = Recorder(
            resource=Resource.create(attributes),
            scope=InstrumentationScope("app", schema_url=_SCHEMA),
            record=self._queue.put,
        )

    def samples(self, traceparent: str | None) -> bool:
        if traceparent is None:
            return random() < self._ratio  # noqa: S311 - not a secret
        return traceparent[-1] in _SAMPLED_LAST_DIGITS

    def start_span(
        self,
        name: str,
        *,
        kind: SpanKind,
        parent: str | None = None,
        state: str | None = None,
        is_linked: bool = False,
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> RecordedSpan:
        context = read_context(parent, state) if parent else None
        linked = (Link(context),) if context and is_linked else ()
        return RecordedSpan(
            self._recorder,
            name,
            kind,
            parent=None if is_linked else context,
            state=None if is_linked else state,
            links=linked,
            attributes=attributes,
        )

    async def aclose(self) -> None:
        """Send the last spans, for a bounded time."""
        await self._queue.aclose()
