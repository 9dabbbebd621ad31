"""Context of a received message: request ID, trace and outbox of its handler."""

from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.abc import AbstractIncomingMessage

from app.infrastructure.messaging.broker.headers import REDRIVEN
from app.infrastructure.messaging.consumer.message_copy import count_tries
from app.infrastructure.messaging.outbox.outbox import Outbox, current_outbox
from app.infrastructure.tracing.current_span import current_span, ended, recording_span
from app.ports.tracing import Span, Tracing
from app.utils.request_context import (
    NOT_SAMPLED,
    new_request_id,
    request_id,
    traceparent,
    tracestate,
    valid_request_id,
    valid_traceparent,
    valid_tracestate,
)


@contextmanager
def message_context(
    delivery: AbstractIncomingMessage, *, queue: str, outbox: Outbox, tracing: Tracing
) -> Iterator[None]:
    """Set the context for log lines, calls and outgoing messages, in the task of the message.

    A sampled message is recorded until the block ends.
    """
    headers = delivery.headers
    identifier = valid_request_id(headers.get("x-request-id"))
    request_id.set(identifier or valid_request_id(delivery.message_id) or new_request_id())
    current_outbox.set(outbox)
    parent = valid_traceparent(headers.get("traceparent"))
    state = valid_tracestate(headers.get("tracestate"))
    traceparent.set(parent)
    tracestate.set(state)
    if not tracing.is_enabled:
        yield
        return
    if not tracing.samples(parent):
        traceparent.set(parent or NOT_SAMPLED)
        yield
        return
    span = _start_span(delivery, queue, tracing, parent, state)
    traceparent.set(span.traceparent)
    tracestate.set(span.tracestate)
    current_span.set(span)
    with ended(span):
        yield


def mark_failed(error: BaseException) -> None:
    """Record that the handler has failed, although its message is kept for a retry."""
    if (span := recording_span()) is not None:
        span.mark_failed(type(error).__name__)


def _start_span(
    delivery: AbstractIncomingMessage,
    queue: str,
    tracing: Tracing,
    parent: str | None,
    state: str | None,
) -> Span:
    tries = count_tries(delivery)
    return tracing.start_span(
        f"process {queue}",
        kind="consumer",
        parent=parent,
        state=state,
        # Hours may lie between: a trace of its own, that names the first one.
        is_linked=tries > 0 or REDRIVEN in delivery.headers,
        attributes={
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "process",
            "messaging.destination.name": queue,
            "app.message.tries": tries,
        },
    )
