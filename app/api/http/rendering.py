"""JSON responses, entity tags and conditional requests."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from app.exceptions.shared.request_exceptions import MalformedPreconditionError
from app.models.shared.record import StoredRecord
from app.utils import decimal_strings
from app.utils.json_text import to_json, to_json_with_strings

App = TypeVar("App", bound=ASGIApp)

# https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS_PATTERN = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'
_VERSION_TAG = re.compile(r'(?<!W/)"([1-9][0-9]{0,9})(?:-strings)?"')

# RFC 9110, 15.4.5.
_KEPT_IN_304 = ("etag", "cache-control", "content-location", "expires", "vary")


def etag(version: int) -> str:
    """Return the entity tag of the present format: another one has other bytes."""
    return f'"{version}-strings"' if decimal_strings.are_written.get() else f'"{version}"'


def json_response(
    content: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    encode = to_json_with_strings if decimal_strings.are_written.get() else to_json
    return Response(encode(content), status, headers, "application/json")


def record_response(record: StoredRecord) -> Response:
    return json_response(record, headers={"ETag": etag(record.version)})


def created_response(request: Request, record: StoredRecord) -> Response:
    location = f"{request.scope['path']}/{record.id}"
    headers = {"ETag": etag(record.version), "Location": location}
    return json_response(record, status=201, headers=headers)


def not_modified_or(
    request: Request, response: App, raw_headers: Sequence[tuple[bytes, bytes]]
) -> App | Response:
    """Return a 304 response if If-None-Match matches the ETag, else the given response."""
    # Most clients send no such header, and this check is faster than reading the ETag.
    if not request.headers.getlist("if-none-match"):
        return response
    headers = Headers(raw=list(raw_headers))
    tag = headers.get("etag")
    if tag is None or not matches_if_none_match(request, tag):
        return response
    kept = {name: headers[name] for name in _KEPT_IN_304 if name in headers}
    return Response(status_code=304, headers=kept)


def matches_if_none_match(request: Request, tag: str) -> bool:
    """Compare the tag with If-None-Match, weakly (RFC 9110, section 13.1.2)."""
    tags = ",".join(request.headers.getlist("if-none-match"))
    return tags.strip() == "*" or tag in re.findall(r'"[^"]*"', tags)


async def _expected_versions(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            description='Modify the resource only if it has this version, e.g. `"3"`',
            json_schema_extra={"pattern": _TAGS_PATTERN},
        ),
    ] = None,
) -> frozenset[int] | None:
    """Parse If-Match (RFC 9110, section 13.1.1); None accepts any version.

    Weak tags and tags that are not versions never match. Raises MalformedPreconditionError.
    """
    if if_match is None:
        return None
    header = ",".join(request.headers.getlist("if-match")).strip()
    if header == "*":
        return None
    # Replace entity tags by NUL, which no header contains: then only commas and NUL may remain.
    parts = {part.strip() for part in _ENTITY_TAG.sub("\0", header).split(",")}
    if parts - {""} != {"\0"}:
        raise MalformedPreconditionError
    return frozenset(int(version) for version in _VERSION_TAG.findall(header))


ExpectedVersions = Annotated[frozenset[int] | None, Depends(_expected_versions)]
