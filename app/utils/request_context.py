"""Context of the current request, for log lines and outgoing messages."""

import re
from contextvars import ContextVar
from random import getrandbits

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
NOT_SAMPLED = ""
"""A trace context that is not recorded, and made when it is first passed on: few requests do."""

# Read only together with a traceparent.
tracestate: ContextVar[str | None] = ContextVar("tracestate", default=None)


def new_request_id() -> str:
    # Not a secret: random bytes from the kernel cost several times as much.
    return f"{getrandbits(128):032x}"


_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
# Members such as `vendor=value`, separated by commas; the length is what others must pass on.
_TRACESTATE = re.compile(r"(?=.{1,512}\Z)[a-z0-9][a-z0-9_\-*/@]*=[\x20-\x7e]*", re.ASCII)


def valid_request_id(value: object) -> str | None:
    """Return a received request ID, or None if it is not valid."""
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else None


def valid_traceparent(value: object) -> str | None:
    """Return a received trace context, or None if it is not valid."""
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def valid_tracestate(value: object) -> str | None:
    """Return what tracing systems have added to a trace context, or None if it is not valid."""
    return value if isinstance(value, str) and _TRACESTATE.fullmatch(value) else None


def _unsampled_traceparent() -> str:
    """Return a new context that tells other services not to record what this request causes."""
    # Of one number, which costs half as much as two.
    digits = f"{getrandbits(192):048x}"
    return f"00-{digits[:32]}-{digits[32:]}-00"


def trace_headers() -> dict[str, str]:
    """Return the headers that continue the current trace in another service."""
    if (parent := traceparent.get()) is None:
        return {}
    if parent == NOT_SAMPLED:
        parent = _unsampled_traceparent()
        traceparent.set(parent)
    if (state := tracestate.get()) is None:
        return {"traceparent": parent}
    return {"traceparent": parent, "tracestate": state}


def trace_ids() -> dict[str, str]:
    """Return the IDs of the current trace and span, by their names in logs."""
    if not (parent := traceparent.get()):
        return {}
    _, trace_id, span_id, _ = parent.split("-")
    return {"trace_id": trace_id, "span_id": span_id}
