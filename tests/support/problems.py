"""Check problem documents (RFC 9457)."""

import re
from typing import Any
from urllib.parse import unquote

import httpx

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def problem_of(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Check that the response is a complete problem document, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    document: dict[str, Any] = response.json()
    assert set(document) - {"errors"} == MEMBERS
    assert document["status"] == status
    assert document["type"].endswith("/" + document["code"].replace("_", "-"))
    assert document["instance"] == _path_of(response.request)
    assert document["request_id"] == response.headers["x-request-id"]
    for name in ("title", "detail"):
        assert isinstance(document[name], str)
        assert document[name]
    assert ("errors" in document) is (status == 422)
    if code is not None:
        assert document["code"] == code
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer")
    return document


def _path_of(request: httpx.Request) -> str:
    """Return the decoded path, in which an encoded slash stays encoded."""
    path = request.url.raw_path.partition(b"?")[0].decode()
    return unquote(re.sub("%2f", "%252F", path, flags=re.IGNORECASE), errors="replace")


def refused_fields(response: httpx.Response) -> list[str]:
    """Return the distinct fields that a 422 response names."""
    errors = problem_of(response, 422)["errors"]
    fields = [error["field"] for error in errors]
    assert len(set(fields)) == len(fields) >= 1
    assert all(set(error) == {"field", "message", "type"} for error in errors)
    return fields
