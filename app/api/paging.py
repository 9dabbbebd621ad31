"""Lists over HTTP: parameters to a query, a page to its envelope and its links."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from app.api.page_cursor import read_cursor, write_cursor
from app.api.rendering import rendered
from app.dependencies import resources_of
from app.exceptions.base import RuleViolationError
from app.models.listing import ListQuery, Page
from app.schemas.common import MAX_OFFSET, ListParameters, SearchParameters

_PAGING = frozenset(SearchParameters.model_fields)

Find = Callable[[ListQuery], Awaitable[Page[Any]]]


async def rendered_page(request: Request, parameters: ListParameters, find: Find) -> Response:
    """Answer with the page that the parameters ask for; see CONTRACT section 3.5."""
    _check(parameters)
    cipher = resources_of(request).cipher
    query = _query(parameters)
    number = parameters.page
    if parameters.cursor is not None:
        cursor = read_cursor(cipher, query, parameters.cursor)
        number = cursor.page
        query = replace(query, after=cursor.position, offset=0)
    page = await find(query)
    next_cursor = None
    if page.next_position is not None:
        next_cursor = write_cursor(cipher, query, page.next_position, page=number + 1)
    envelope = _envelope(page, number, parameters.page_size, next_cursor)
    return rendered(envelope, headers={"Link": _links(request, parameters, envelope)})


def _check(parameters: ListParameters) -> None:
    if parameters.cursor is not None and "page" in parameters.model_fields_set:
        raise RuleViolationError("Use either page or cursor", field="page")
    if (parameters.page - 1) * parameters.page_size > MAX_OFFSET:
        raise RuleViolationError(
            f"Pages end {MAX_OFFSET} rows from the start: use cursor to go further", field="page"
        )


def _query(parameters: ListParameters) -> ListQuery:
    given = parameters.model_dump(exclude_none=True)
    return ListQuery(
        filters={name: given[name] for name in given.keys() - _PAGING - {"sort_by"}},
        search=given.get("q"),
        sort_by=given["sort_by"],
        descending=parameters.order == "desc",
        limit=parameters.page_size,
        offset=(parameters.page - 1) * parameters.page_size,
        exact_total=parameters.exact_total,
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
    """Write the Link header (RFC 8288), relative so that no Host header can bend it."""
    number, last = envelope["page"], envelope["total_pages"] or 1
    targets: dict[str, dict[str, Any]] = {"first": {"page": 1}, "last": {"page": last}}
    if number > 1:
        targets["prev"] = {"page": min(number - 1, last)}
    if envelope["next_cursor"] is not None:
        by_page = parameters.cursor is None and number * parameters.page_size <= MAX_OFFSET
        target = {"page": number + 1} if by_page else {"cursor": envelope["next_cursor"]}
        targets["next"] = target
    kept = [
        pair for pair in request.query_params.multi_items() if pair[0] not in {"page", "cursor"}
    ]
    path = request.scope["root_path"] + request.scope["path"]
    return ", ".join(
        f'<{path}?{urlencode([*kept, *target.items()])}>; rel="{relation}"'
        for relation, target in targets.items()
    )
