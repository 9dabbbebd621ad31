"""Convert query parameters to a list query, and a page to a response with links."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from app.api.http.page_cursor import decode_cursor, encode_cursor
from app.api.http.rendering import json_response
from app.exceptions.base import RuleViolationError
from app.infrastructure.resources import resources_of
from app.models.shared.listing import ListQuery, Page
from app.schemas.shared.common import MAX_OFFSET, ListParameters
from app.schemas.shared.selection import list_query

FetchPage = Callable[[ListQuery], Awaitable[Page[Any]]]


async def page_response(
    request: Request, parameters: ListParameters, fetch_page: FetchPage
) -> Response:
    """Fetch the requested page and return it as JSON with a Link header."""
    _require_valid_paging(parameters)
    cipher = resources_of(request.scope).cipher
    query = list_query(parameters)
    number = parameters.page
    if parameters.cursor is not None:
        cursor = decode_cursor(cipher, query, parameters.cursor)
        number = cursor.page
        query = replace(query, after=cursor.position, offset=0)
    page = await fetch_page(query)
    next_cursor = None
    if page.next_position is not None:
        next_cursor = encode_cursor(cipher, query, page.next_position, page=number + 1)
    envelope = _envelope(page, number, parameters.page_size, next_cursor)
    return json_response(envelope, headers={"Link": _links(request, parameters, envelope)})


def _require_valid_paging(parameters: ListParameters) -> None:
    if parameters.cursor is not None and "page" in parameters.model_fields_set:
        raise RuleViolationError("Use either page or cursor", field="page")
    if (parameters.page - 1) * parameters.page_size > MAX_OFFSET:
        raise RuleViolationError(
            f"Pages end at row {MAX_OFFSET}; use cursor for more", field="page"
        )


def _envelope(
    page: Page[Any], number: int, page_size: int, next_cursor: str | None
) -> dict[str, Any]:
    return {
        "items": page.items,
        "total": page.total,
        "total_is_exact": page.total_is_exact,
        "page": number,
        "page_size": page_size,
        "total_pages": ceil(page.total / page_size),
        "next_cursor": next_cursor,
    }


def _links(request: Request, parameters: ListParameters, envelope: dict[str, Any]) -> str:
    """Build the Link header (RFC 8288); relative links do not depend on the Host header."""
    number, last = envelope["page"], envelope["total_pages"] or 1
    targets: dict[str, dict[str, Any]] = {"first": {"page": 1}, "last": {"page": last}}
    if number > 1:
        targets["prev"] = {"page": min(number - 1, last)}
    if envelope["next_cursor"] is not None:
        by_page = parameters.cursor is None and number * parameters.page_size <= MAX_OFFSET
        target = {"page": number + 1} if by_page else {"cursor": envelope["next_cursor"]}
        targets["next"] = target
    other_parameters = [
        pair for pair in request.query_params.multi_items() if pair[0] not in {"page", "cursor"}
    ]
    path = request.scope["path"]
    return ", ".join(
        f'<{path}?{urlencode([*other_parameters, *target.items()])}>; rel="{relation}"'
        for relation, target in targets.items()
    )
