"""Find the differences of two OpenAPI documents that break clients of the older one."""

from collections.abc import Iterator
from typing import Any

from devtools.api_changes.schema_changes import Comparison, resolved

Json = dict[str, Any]


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Describe each breaking change in a line, such as `GET /items was removed`."""
    found = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            changed = new["paths"].get(path, {}).get(method)
            if changed is None:
                found.append(f"{name} was removed")
            else:
                changes = _operation_changes(old, new, operation, changed)
                found += [f"{name}: {change}" for change in changes]
    return list(dict.fromkeys(found))


def _operation_changes(old: Json, new: Json, before: Json, after: Json) -> Iterator[str]:
    if _is_public(before) and not _is_public(after):
        yield "a token is now required"
    if before.get("operationId") != after.get("operationId"):
        yield f"operationId {before.get('operationId')} is now {after.get('operationId')}"
    requests = Comparison(old, new, is_request=True)
    yield from _parameter_changes(requests, before, after)
    yield from _body_changes(requests, before, after)
    yield from _response_changes(Comparison(old, new, is_request=False), before, after)


def _is_public(operation: Json) -> bool:
    return {} in operation.get("security", [{}])


def _parameter_changes(comparison: Comparison, before: Json, after: Json) -> Iterator[str]:
    had, has = _parameters(comparison.old, before), _parameters(comparison.new, after)
    for key, parameter in had.items():
        name = f"{key[0]} parameter {key[1]}"
        if key not in has:
            yield f"{name} was removed"
            continue
        if has[key].get("required") and not parameter.get("required"):
            yield f"{name} is now required"
        yield from comparison.changes(name, parameter["schema"], has[key]["schema"])
    for kind, name in has.keys() - had.keys():
        if has[kind, name].get("required"):
            yield f"{kind} parameter {name} is now required"


def _parameters(document: Json, operation: Json) -> dict[tuple[str, str], Json]:
    parameters = (resolved(document, each) for each in operation.get("parameters", []))
    return {(each["in"], each["name"]): each for each in parameters}


def _body_changes(comparison: Comparison, before: Json, after: Json) -> Iterator[str]:
    had, has = before.get("requestBody", {}), after.get("requestBody", {})
    if has.get("required") and not had.get("required"):
        yield "a body is now required"
    yield from _content_changes(comparison, "body", had, has)


def _response_changes(comparison: Comparison, before: Json, after: Json) -> Iterator[str]:
    for status, reference in before["responses"].items():
        changed = after["responses"].get(status)
        # An error that is not named any more is a `default` response.
        if changed is None and not status.startswith("2"):
            changed = after["responses"].get("default")
        if changed is None:
            yield f"response {status} was removed"
            continue
        had, has = resolved(comparison.old, reference), resolved(comparison.new, changed)
        yield from _content_changes(comparison, f"response {status}", had, has)


def _content_changes(comparison: Comparison, name: str, before: Json, after: Json) -> Iterator[str]:
    had, has = before.get("content", {}), after.get("content", {})
    for media_type, content in had.items():
        if media_type not in has:
            yield f"{name} has no {media_type} any more"
        else:
            schemas = content.get("schema", {}), has[media_type].get("schema", {})
            yield from comparison.changes(name, *schemas)
