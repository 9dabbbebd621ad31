from typing import NoReturn

from app.ports.tracing import Tracing


class NullTracing:
    """Records nothing: no endpoint is configured."""

    is_enabled = False

    def samples(self, traceparent: str | None) -> bool:  # noqa: ARG002 - signature of the port
        return False

    def start_span(self, name: str, **_: object) -> NoReturn:
        raise AssertionError(f"{name}: nothing is sampled")


NO_TRACING: Tracing = NullTracing()
