"""Spans with as little work as possible while they are recorded.

`ReadableSpan` is what OpenTelemetry's exporters take. Its tracer would build the same with checks
and locks that cost six times as much.
"""

from collections.abc import Callable
from random import getrandbits
from time import perf_counter_ns, time_ns
from typing import NamedTuple

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

from app.ports import tracing
from app.ports.tracing import NO_ATTRIBUTES, Attributes, AttributeValue

_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_NO_STATE = TraceState()
_UNSET = Status()
_ERROR = Status(StatusCode.ERROR)


class Recorder(NamedTuple):
    """Common parts of all spans of a process, and the function that takes ended ones."""

    resource: Resource
    scope: InstrumentationScope
    record: Callable[[ReadableSpan], None]


class RecordedSpan:
    """A span of a sampled trace; recorded once, at its end."""

    __slots__ = (
        "_attributes",
        "_clock",
        "_context",
        "_kind",
        "_links",
        "_name",
        "_parent",
        "_recorder",
        "_started",
        "_status",
        "is_recording",
        "tracestate",
    )

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        kind: tracing.SpanKind,
        *,
        parent: SpanContext | None,
        state: str | None,
        links: tuple[Link, ...] = (),
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> None:
        self._recorder = recorder
        self._name = name
        self._kind = _KINDS[kind]
        self._parent = parent
        self._links = links
        self._attributes = dict(attributes)
        self._context = SpanContext(
            trace_id=parent.trace_id if parent else _random_bits(128),
            span_id=_random_bits(64),
            is_remote=False,
            trace_flags=_SAMPLED,
            trace_state=parent.trace_state if parent else _NO_STATE,
        )
        self._status = _UNSET
        self.tracestate = state
        self.is_recording = True
        self._started = time_ns()
        # The wall clock may be set while the span lasts.
        self._clock = perf_counter_ns()

    @property
    def traceparent(self) -> str:
        return f"00-{self._context.trace_id:032x}-{self._context.span_id:016x}-01"

    def start_child(
        self,
        name: str,
        *,
        kind: tracing.SpanKind = "client",
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> "RecordedSpan":
        return RecordedSpan(
            self._recorder,
            name,
            kind,
            parent=self._context,
            state=self.tracestate,
            attributes=attributes,
        )

    def rename(self, name: str) -> None:
        self._name = name

    def set_attribute(self, name: str, value: AttributeValue) -> None:
        self._attributes[name] = value

    def mark_failed(self, error: str) -> None:
        # The first error is the cause of the others.
        self._attributes.setdefault("error.type", error)
        self._status = _ERROR

    def end(self) -> None:
        if not self.is_recording:
            return
        self.is_recording = False
        self._recorder.record(
            ReadableSpan(
                self._name,
                context=self._context,
                parent=self._parent,
                resource=self._recorder.resource,
                attributes=self._attributes,
                links=self._links,
                kind=self._kind,
                status=self._status,
                start_time=self._started,
                end_time=self._started + perf_counter_ns() - self._clock,
                instrumentation_scope=self._recorder.scope,
            )
        )


def read_context(traceparent: str, state: str | None) -> SpanContext:
    """Parse a valid received context."""
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        trace_id=int(trace_id, 16),
        span_id=int(span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(flags, 16)),
        trace_state=TraceState.from_header([state]) if state else _NO_STATE,
    )


def _random_bits(count: int) -> int:
    """Return a valid ID: 0 would mean that there is none."""
    return getrandbits(count) or 1
