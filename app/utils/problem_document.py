"""Problem documents (RFC 9457), for the application and for the HTTP protocol below it."""

import json
from http import HTTPStatus
from typing import Any

import app

PROBLEM_TYPES = f"https://{app.__slug__}.example/problems/"

Errors = list[dict[str, str]]


def problem_document(
    *,
    status: int,
    code: str,
    detail: str,
    instance: str,
    request_id: str,
    errors: Errors | None = None,
) -> bytes:
    document: dict[str, Any] = {
        "type": PROBLEM_TYPES + code.replace("_", "-"),
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": request_id,
    }
    if errors is not None:
        document["errors"] = errors
    # ASCII, because paths and field names may contain lone surrogates.
    return json.dumps(document).encode("ascii")


def status_code_name(status: int) -> str:
    """Return the `code` of a problem that its status describes: `not_found` for 404."""
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
