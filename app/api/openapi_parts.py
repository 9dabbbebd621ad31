"""Headers and parameters that follow from what an operation is, described once for all."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer", "minimum": 0}

HEADERS: dict[str, Json] = {
    "X-Request-ID": {
        "description": "Names this request, here and in every log line",
        "required": True,
        "schema": TEXT,
    },
    "RateLimit-Policy": {
        "description": 'What one client may ask in how many seconds, e.g. `"default";q=60;w=60`',
        "schema": TEXT,
    },
    "RateLimit": {
        "description": 'What is left, and for how many seconds, e.g. `"default";r=59;t=60`',
        "schema": TEXT,
    },
    "Retry-After": {"description": "Seconds to wait before another try", "schema": WHOLE},
    "WWW-Authenticate": {"description": "Always `Bearer`", "schema": TEXT},
    "ETag": {"description": 'The version, quoted, e.g. `"3"`: for `If-Match`', "schema": TEXT},
    "Location": {"description": "Path of what was made", "schema": TEXT},
    "Link": {
        "description": "Relative links to the pages `first`, `prev`, `next` and `last` (RFC 8288)",
        "schema": TEXT,
    },
    "Idempotency-Replayed": {
        "description": "`true` when an earlier answer to the same key is repeated",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

PARAMETERS: dict[str, Json] = {
    "X-Request-ID": {
        "name": "X-Request-ID",
        "in": "header",
        "description": "Your own name for the request: 1 to 128 of `A-Z a-z 0-9 . _ -`, "
        "anything else is replaced",
        "schema": TEXT,
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": 'Answer 304 if this is still the version, e.g. `"3"`',
        "schema": TEXT,
    },
}


def header_names(operation: Json, status: str, *, is_versioned: bool) -> Iterator[str]:
    """Name the headers of one response, besides those that come with its error."""
    given = {parameter.get("name") for parameter in operation.get("parameters", [])}
    yield "X-Request-ID"
    if "security" in operation:
        yield from ("RateLimit-Policy", "RateLimit")
    if is_versioned or status == "304":
        yield "ETag"
    if status == "201":
        yield "Location"
    if status.startswith("2") and "cursor" in given:
        yield "Link"
    if status.startswith("2") and "Idempotency-Key" in given:
        yield "Idempotency-Replayed"


def parameter_names(operation: Json) -> Iterator[str]:
    yield "X-Request-ID"
    if "304" in operation["responses"]:
        yield "If-None-Match"


def references(kind: str, names: Iterator[str]) -> dict[str, Json]:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}
