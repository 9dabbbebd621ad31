"""Reusable OpenAPI headers and parameters, and the operations that they apply to."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NON_NEGATIVE: Json = {"type": "integer", "minimum": 0}

HEADERS: dict[str, Json] = {
    "X-Request-ID": {
        "description": "ID of this request, also in every log line",
        "required": True,
        "schema": TEXT,
    },
    "Cache-Control": {
        "description": "`private, no-cache` with an `ETag`, otherwise `no-store`",
        "required": True,
        "schema": TEXT,
    },
    "RateLimit-Policy": {
        "description": 'Quota of a client and its window in seconds, e.g. `"default";q=60;w=60`',
        "schema": TEXT,
    },
    "RateLimit": {
        "description": 'Remaining quota and seconds until reset, e.g. `"default";r=59;t=60`',
        "schema": TEXT,
    },
    "Accept-Encoding": {"description": "The accepted codings of a request body", "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait before a retry", "schema": NON_NEGATIVE},
    "WWW-Authenticate": {"description": "Always `Bearer`", "schema": TEXT},
    "ETag": {
        "description": (
            'Quoted version, e.g. `"3"`, for `If-Match`; `"3-strings"` with decimals as strings'
        ),
        "schema": TEXT,
    },
    "Location": {"description": "Path of the created resource", "schema": TEXT},
    "Link": {
        "description": "Relative links to the pages `first`, `prev`, `next` and `last` (RFC 8288)",
        "schema": TEXT,
    },
    "Idempotency-Replayed": {
        "description": "`true` if the response of an earlier request is repeated",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

PARAMETERS: dict[str, Json] = {
    "X-Request-ID": {
        "name": "X-Request-ID",
        "in": "header",
        "description": "Your ID for the request: 1 to 128 of `A-Z a-z 0-9 . _ -`; "
        "any other value is replaced",
        "schema": TEXT,
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": 'Respond with 304 if this is the current version, e.g. `"3"`',
        "schema": TEXT,
    },
}


def header_names(operation: Json, status: str, *, is_versioned: bool) -> Iterator[str]:
    """Yield the headers of a response, except those of its errors."""
    parameters = {parameter.get("name") for parameter in operation.get("parameters", [])}
    yield from ("X-Request-ID", "Cache-Control")
    if "security" in operation:
        yield from ("RateLimit-Policy", "RateLimit")
    if is_versioned or status == "304":
        yield "ETag"
    if status == "201":
        yield "Location"
    if status.startswith("2") and "cursor" in parameters:
        yield "Link"
    if status.startswith("2") and "Idempotency-Key" in parameters:
        yield "Idempotency-Replayed"


def parameter_names(operation: Json) -> Iterator[str]:
    yield "X-Request-ID"
    if "304" in operation["responses"]:
        yield "If-None-Match"


def references(kind: str, names: Iterator[str]) -> dict[str, Json]:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}
