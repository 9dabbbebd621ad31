"""The statuses and problem codes that an OpenAPI document allows an operation."""

from typing import Any

Json = dict[str, Any]

PROBLEM = "application/problem+json"


def documented_problems(document: Json, operation: Json) -> dict[str, set[str]]:
    """Return the codes by status; the shared `default` response lists those of its own."""
    codes: dict[str, set[str]] = {}
    for reference in operation["responses"].values():
        content = _resolved(document, reference).get("content", {}).get(PROBLEM, {})
        for code, example in content.get("examples", {}).items():
            codes.setdefault(str(example["value"]["status"]), set()).add(code)
    return codes


def documented_statuses(document: Json, operation: Json) -> set[str]:
    return ({*operation["responses"]} - {"default"}) | {*documented_problems(document, operation)}


def violation(document: Json, operation: Json, status: int, code: str | None) -> str | None:
    """Describe how a response contradicts the document, if it does.

    `code` is that of a problem document. A `default` response allows only what it lists.
    """
    allowed = documented_statuses(document, operation)
    if str(status) not in allowed:
        return f"Received: {status}\nDocumented: {', '.join(sorted(allowed))}"
    codes = documented_problems(document, operation).get(str(status), set())
    if code is not None and code not in codes:
        return f"Received: {status} {code}\nDocumented: {', '.join(sorted(codes))}"
    return None


def _resolved(document: Json, reference: Json) -> Json:
    found = document
    for name in reference.get("$ref", "#").split("/")[1:]:
        found = found[name]
    return found if "$ref" in reference else reference
