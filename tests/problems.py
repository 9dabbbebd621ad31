"""What every refusal must look like; CONTRACT section 3.2."""

from typing import Any

import httpx

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def problem_of(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Give the problem document, after making sure that it is one in every respect."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    document: dict[str, Any] = response.json()
    assert set(document) - {"errors"} == MEMBERS
    assert document["status"] == status
    assert document["type"].endswith("/" + document["code"].replace("_", "-"))
    assert document["instance"] == response.request.url.path
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


def refused_fields(response: httpx.Response) -> list[str]:
    """Name the fields of a 422, each of which stands once."""
    errors = problem_of(response, 422)["errors"]
    fields = [error["field"] for error in errors]
    assert len(set(fields)) == len(fields) >= 1
    assert all(set(error) == {"field", "message", "type"} for error in errors)
    return fields
