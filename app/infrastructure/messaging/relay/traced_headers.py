from collections.abc import Iterator
from contextlib import contextmanager

from app.infrastructure.messaging.broker.headers import REDRIVEN
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.infrastructure.tracing.current_span import ended
from app.ports.tracing import Tracing


@contextmanager
def traced_headers(tracing: Tracing, message: OutgoingMessage) -> Iterator[dict[str, str]]:
    """Record the publication if its request was recorded; the receiver's work is its child."""
    headers = message.headers
    parent = headers.get("traceparent")
    if not tracing.is_enabled or parent is None or not tracing.samples(parent):
        yield headers
        return
    span = tracing.start_span(
        f"send {message.queue}",
        kind="producer",
        parent=parent,
        state=headers.get("tracestate"),
        is_linked=REDRIVEN in headers,
        attributes={
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "send",
            "messaging.destination.name": message.queue,
        },
    )
    with ended(span):
        yield headers | {"traceparent": span.traceparent}
