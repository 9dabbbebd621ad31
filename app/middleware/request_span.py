"""Span of an HTTP request; https://opentelemetry.io/docs/specs/semconv/http/http-spans/."""

from starlette.types import Scope

from app.infrastructure.metrics.request_metrics import KNOWN_METHODS, OTHER_METHOD
from app.infrastructure.tracing.current_span import current_span
from app.ports.tracing import Span, Tracing
from app.utils.request_context import (
    NOT_SAMPLED,
    traceparent,
    tracestate,
    valid_tracestate,
)

_FIRST_SERVER_ERROR = 500


def continue_trace(tracing: Tracing, scope: Scope, parent: str | None) -> Span | None:
    """Set the context of calls and messages; return a span if the request is sampled."""
    state = parent and valid_tracestate(_joined(scope, b"tracestate"))
    tracestate.set(state)
    if not tracing.is_enabled or not tracing.samples(parent):
        traceparent.set(parent or NOT_SAMPLED)
        return None
    span = _start_span(tracing, scope, parent, state)
    traceparent.set(span.traceparent)
    current_span.set(span)
    return span


def _start_span(tracing: Tracing, scope: Scope, parent: str | None, state: str | None) -> Span:
    method = scope["method"] if scope["method"] in KNOWN_METHODS else OTHER_METHOD
    return tracing.start_span(
        "HTTP" if method == OTHER_METHOD else method,
        kind="server",
        parent=parent,
        state=state,
        attributes={"http.request.method": method, "url.scheme": scope["scheme"]},
    )


def end_request_span(span: Span, method: str, template: str, status: int) -> None:
    """End the span. Neither the path nor the query becomes a part of it: they may be personal."""
    if template:
        span.set_attribute("http.route", template)
        if method in KNOWN_METHODS:
            span.rename(f"{method} {template}")
    if status:
        span.set_attribute("http.response.status_code", status)
    if status >= _FIRST_SERVER_ERROR:
        span.mark_failed(str(status))
    elif not status:
        span.mark_failed("no_response")
    span.end()


def _joined(scope: Scope, name: bytes) -> str | None:
    """Return the values of all fields with this name as those of one (RFC 9110, 5.3)."""
    values = [value.decode("latin-1") for field, value in scope["headers"] if field == name]
    return ",".join(values) or None
