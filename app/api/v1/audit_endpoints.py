"""The audit trail of all domains: who changed what, and with which request."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.http.page_cursor import decode_cursor, encode_cursor
from app.api.http.rendering import json_response
from app.api.http.route_options import ADMIN
from app.api.http.strict_route import StrictRoute
from app.api.openapi.problem_responses import problems
from app.infrastructure.resources import resources_of
from app.models.shared.listing import ListQuery
from app.repositories.shared.postgres_audit_repository import PostgresAuditRepository
from app.schemas.shared.audit_schemas import AuditFilters, AuditPageResponse
from app.services.shared.audit_service import AuditService

router = APIRouter(route_class=StrictRoute)


async def _audit_service(request: Request) -> AuditService:
    database = resources_of(request.scope).database
    return AuditService(records=PostgresAuditRepository(database=database))


AuditServiceDep = Annotated[AuditService, Depends(_audit_service)]


@router.get("", dependencies=ADMIN, response_model=AuditPageResponse, responses=problems())
async def list_audit_entries(
    request: Request, filters: Annotated[AuditFilters, Query()], service: AuditServiceDep
) -> Response:
    """List who changed what, from what to what, and with which request; newest first.

    A page may have fewer items than `page_size`, even none, although more follow: go on with
    `next_cursor` until it is null.
    """
    cipher = resources_of(request.scope).cipher
    query = _list_query(filters)
    number = 1
    if filters.cursor is not None:
        cursor = decode_cursor(cipher, query, filters.cursor)
        query, number = replace(query, after=cursor.position), cursor.page
    page = await service.list(query)
    next_cursor = None
    if page.next_position is not None:
        next_cursor = encode_cursor(cipher, query, page.next_position, page=number + 1)
    envelope = {
        "items": page.records,
        "page_size": filters.page_size,
        "next_cursor": next_cursor,
    }
    return json_response(envelope, headers={"Link": _links(request, next_cursor)})


def _list_query(filters: AuditFilters) -> ListQuery:
    return ListQuery(
        filters=filters.model_dump(exclude_none=True, exclude={"page_size", "cursor"}),
        sort_by="occurred_at",
        descending=True,
        limit=filters.page_size,
    )


def _links(request: Request, next_cursor: str | None) -> str:
    """Build the Link header (RFC 8288), as for other lists."""
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    targets = {"first": pairs}
    if next_cursor is not None:
        targets["next"] = [*pairs, ("cursor", next_cursor)]
    path = request.scope["path"]
    return ", ".join(
        f'<{path}{"?" if target else ""}{urlencode(target)}>; rel="{relation}"'
        for relation, target in targets.items()
    )
