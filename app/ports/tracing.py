"""Port for traces."""

from collections.abc import Mapping
from typing import Literal, Protocol

SpanKind = Literal["server", "client", "producer", "consumer"]
AttributeValue = str | int | float | bool
Attributes = Mapping[str, AttributeValue]

NO_ATTRIBUTES: Attributes = {}


class Span(Protocol):
    """One recorded operation of a trace.

    Names and attributes are constants, settings or measurements: never a value that a client or
    another service has sent, a parameter of a statement, or a text of an error.
    """

    @property
    def traceparent(self) -> str:
        """W3C context that makes another operation a child of this one."""
        ...

    @property
    def tracestate(self) -> str | None:
        """The part of the context that other tracing systems have added."""
        ...

    @property
    def is_recording(self) -> bool:
        """False after the end: later work in the same context belongs to no span."""
        ...

    def start_child(
        self, name: str, *, kind: SpanKind = "client", attributes: Attributes = NO_ATTRIBUTES
    ) -> "Span": ...

    def rename(self, name: str) -> None: ...

    def set_attribute(self, name: str, value: AttributeValue) -> None: ...

    def mark_failed(self, error: str) -> None:
        """Set the type of what has failed the operation, such as a class; the first one counts."""
        ...

    def end(self) -> None: ...


class Tracing(Protocol):
    """Records sampled operations. No method blocks or raises."""

    @property
    def is_enabled(self) -> bool:
        """False where nothing receives traces; then none of the methods needs to be called."""
        ...

    def samples(self, traceparent: str | None) -> bool:
        """Return the decision in a received context; decide by the ratio if there is none."""
        ...

    def start_span(
        self,
        name: str,
        *,
        kind: SpanKind,
        parent: str | None = None,
        state: str | None = None,
        is_linked: bool = False,
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> Span:
        """Start a child of a received context, without one the first span of a trace.

        `is_linked` starts a trace of its own with a link to the context: for work that may come
        long after the operation that caused it.
        """
        ...
