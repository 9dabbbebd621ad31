"""${n.title}: create, read, list, update, delete and export."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.http.idempotency import IdempotencyDep
from app.api.http.export import docs_of_export, stream_export, selected_by
from app.api.http.paging import page_response
from app.api.openapi.problem_responses import problems
from app.api.http.response_cache import cached_response
from app.api.http.rendering import ExpectedVersions, created_response, record_response
from app.api.http.route_options import ADMIN, UPDATE_ERRORS, CREATE_ERRORS, NOT_MODIFIED, DELETE_ERRORS, READER, USER
from app.api.http.strict_route import StrictRoute
from app.api.v1.${n.plural}.${n.singular}_dependencies import ${n.camel}ServiceDep
from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for key in keys:
    ${key.error},
% endfor
)
from app.models.shared.listing import ListQuery
from app.schemas.shared.fields import Id
from app.schemas.${n.plural}.${n.singular}_schemas import (
    ${n.camel}Create,
    ${n.camel}Filters,
    ${n.camel}Page,
    ${n.camel}Response,
    ${n.camel}Update,
)

router = APIRouter(route_class=StrictRoute)


@router.get("", dependencies=${"READER" if choices.public_read else "USER"}, response_model=${n.camel}Page, responses=problems())
@cached_response(tag="${n.plural}")
async def list_${n.plural}(
    request: Request, filters: Annotated[${n.camel}Filters, Query()], service: ${n.camel}ServiceDep
) -> Response:
    """List ${n.words}, filtered${", searched" if searched else ""} and sorted, by page or by cursor."""
    return await page_response(request, filters, service.list)


@router.get("/export", dependencies=${"READER" if choices.public_read else "USER"}, response_class=Response, responses=docs_of_export())
async def export_${n.plural}(
    request: Request,
    selected: Annotated[ListQuery, Depends(selected_by(${n.camel}Filters))],
    service: ${n.camel}ServiceDep,
) -> Response:
    """Export ${n.words} as CSV or JSON lines, with the filters of the list."""
    return await stream_export(request, "${n.plural}", ${n.camel}Create, service.export(selected))


@router.get(
    "/{${n.singular}_id}",
    dependencies=${"READER" if choices.public_read else "USER"},
    response_model=${n.camel}Response,
    responses=problems(${n.camel}NotFoundError) | NOT_MODIFIED,
)
@cached_response(tag="${n.plural}/{${n.singular}_id}")
async def get_${n.singular}(${n.singular}_id: Id, service: ${n.camel}ServiceDep) -> Response:
    """Get ${n.a_word}."""
    return record_response(await service.get(${n.singular}_id))


@router.post(
    "",
    status_code=201,
    dependencies=ADMIN,
    response_model=${n.camel}Response,
    responses=problems(${taken}*CREATE_ERRORS),
)
async def create_${n.singular}(
    request: Request, body: ${n.camel}Create, service: ${n.camel}ServiceDep, idempotency: IdempotencyDep
) -> Response:
    """Create ${n.a_word}."""

    async def create() -> Response:
        return created_response(request, await service.create(body.to_model()))

    return await idempotency.run_once(body, create)


@router.patch(
    "/{${n.singular}_id}",
    dependencies=ADMIN,
    response_model=${n.camel}Response,
    responses=problems(${n.camel}NotFoundError, ${taken}*UPDATE_ERRORS),
)
async def update_${n.singular}(
    ${n.singular}_id: Id, body: ${n.camel}Update, service: ${n.camel}ServiceDep, expected: ExpectedVersions
) -> Response:
    """Update the given fields of ${n.a_word}; an empty body changes nothing."""
    return record_response(
        await service.update(${n.singular}_id, body.explicit_values(), expected=expected)
    )


@router.delete(
    "/{${n.singular}_id}",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(${n.camel}NotFoundError, *DELETE_ERRORS),
)
async def delete_${n.singular}(
    ${n.singular}_id: Id, service: ${n.camel}ServiceDep, expected: ExpectedVersions
) -> Response:
    """Delete ${n.a_word}."""
    await service.delete(${n.singular}_id, expected=expected)
    return Response(status_code=204)
