"""Span of the running request or message, and spans of the calls that it makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.ports.tracing import Attributes, Span, SpanKind

# Set only where the request or message is recorded.
current_span: ContextVar[Span | None] = ContextVar("current_span", default=None)


def recording_span() -> Span | None:
    """Return the span of the running task, None where nothing is recorded.

    A task that a request has started may outlive it; what it does then is not recorded.
    """
    span = current_span.get()
    return span if span is not None and span.is_recording else None


@contextmanager
def child_span(
    parent: Span, name: str, attributes: Attributes, *, kind: SpanKind = "client"
) -> Iterator[Span]:
    """Record the block as a child; an error that leaves it is named by its type."""
    with ended(parent.start_child(name, kind=kind, attributes=attributes)) as span:
        yield span


@contextmanager
def ended(span: Span) -> Iterator[Span]:
    """End the span after the block."""
    try:
        yield span
    except BaseException as error:
        span.mark_failed(type(error).__name__)
        raise
    finally:
        span.end()
