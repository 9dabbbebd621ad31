"""How answers are written, and how clients say which version they have or expect."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.exceptions.base import InvalidRequestError
from app.models.record import StoredRecord
from app.utils.json_text import to_json

# https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS_PATTERN = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'
_VERSION_TAG = re.compile(r'(?<!W/)"([1-9][0-9]{0,9})"')


class MalformedPreconditionError(InvalidRequestError):
    code = "malformed_precondition"

    def __init__(self) -> None:
        super().__init__('If-Match must be "*" or a list of entity tags such as "3"')


def etag(version: int) -> str:
    return f'"{version}"'


def rendered(
    content: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(to_json(content), status, headers, "application/json")


def rendered_record(record: StoredRecord) -> Response:
    return rendered(record, headers={"ETag": etag(record.version)})


def rendered_new_record(request: Request, record: StoredRecord) -> Response:
    location = f"{request.scope['path']}/{record.id}"
    headers = {"ETag": etag(record.version), "Location": location}
    return rendered(record, status=201, headers=headers)


def unless_known(request: Request, answer: Response) -> Response:
    """Answer 304 to a client whose If-None-Match says that it has this version already."""
    # Most clients send none, and this is quicker than to look for the answer's own tag.
    if not request.headers.getlist("if-none-match"):
        return answer
    tag = answer.headers.get("etag")
    if tag is None or not is_known(request, tag):
        return answer
    return Response(status_code=304, headers={"ETag": tag})


def is_known(request: Request, tag: str) -> bool:
    """Compare weakly with If-None-Match (RFC 9110, 13.1.2)."""
    known = ",".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or tag in re.findall(r'"[^"]*"', known)


async def _expected_versions(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            description='Change only this version, e.g. `"3"`',
            json_schema_extra={"pattern": _TAGS_PATTERN},
        ),
    ] = None,
) -> frozenset[int] | None:
    """Read If-Match (RFC 9110, 13.1.1): None if any version will do.

    A weak tag, or one that is no version of ours, is understood and never matches.
    """
    if if_match is None:
        return None
    given = ",".join(request.headers.getlist("if-match")).strip()
    if given == "*":
        return None
    # no header holds NUL, so that nothing but a tag can look like one
    parts = {part.strip() for part in _ENTITY_TAG.sub("\0", given).split(",")}
    if parts - {""} != {"\0"}:
        raise MalformedPreconditionError
    return frozenset(int(version) for version in _VERSION_TAG.findall(given))


ExpectedVersions = Annotated[frozenset[int] | None, Depends(_expected_versions)]
