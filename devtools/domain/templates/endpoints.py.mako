from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.idempotency import IdempotencyDep
from app.api.paging import rendered_page
from app.api.problems import problems
from app.api.ready_answers import kept_until_changed
from app.api.rendering import ExpectedVersions, rendered_new_record, rendered_record
from app.api.route_parts import ADMIN, CHANGING, CREATING, KNOWN, REMOVING, USER
from app.api.strict_route import StrictRoute
from app.dependencies import ${n.camel}ServiceDep
from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for field in unique:
    ${field.alias}TakenError,
% endfor
)
from app.schemas.fields import Id
from app.schemas.${n.plural}.${n.singular}_schemas import (
    ${n.camel}Create,
    ${n.camel}Filters,
    ${n.camel}Page,
    ${n.camel}Response,
    ${n.camel}Update,
)

router = APIRouter(route_class=StrictRoute)


@router.get("", dependencies=USER, response_model=${n.camel}Page, responses=problems())
@kept_until_changed("${n.plural}")
async def list_${n.plural}(
    request: Request, filters: Annotated[${n.camel}Filters, Query()], service: ${n.camel}ServiceDep
) -> Response:
    """List ${n.words}, filtered${", searched" if searched else ""} and sorted, by page or by cursor."""
    return await rendered_page(request, filters, service.list)


@router.get(
    "/{${n.singular}_id}",
    dependencies=USER,
    response_model=${n.camel}Response,
    responses=problems(${n.camel}NotFoundError) | KNOWN,
)
@kept_until_changed("${n.plural}/{${n.singular}_id}")
async def get_${n.singular}(${n.singular}_id: Id, service: ${n.camel}ServiceDep) -> Response:
    """Show one ${n.word}."""
    return rendered_record(await service.get(${n.singular}_id))


@router.post(
    "",
    status_code=201,
    dependencies=ADMIN,
    response_model=${n.camel}Response,
    responses=problems(${taken}*CREATING),
)
async def create_${n.singular}(
    request: Request, body: ${n.camel}Create, service: ${n.camel}ServiceDep, idempotency: IdempotencyDep
) -> Response:
    """Add ${n.a_word}."""

    async def create() -> Response:
        return rendered_new_record(request, await service.create(body.to_model()))

    return await idempotency.once(body, create)


@router.patch(
    "/{${n.singular}_id}",
    dependencies=ADMIN,
    response_model=${n.camel}Response,
    responses=problems(${n.camel}NotFoundError, ${taken}*CHANGING),
)
async def update_${n.singular}(
    ${n.singular}_id: Id, body: ${n.camel}Update, service: ${n.camel}ServiceDep, expected: ExpectedVersions
) -> Response:
    """Change the given fields of ${n.a_word}; without any it stays as it is."""
    return rendered_record(
        await service.update(${n.singular}_id, body.given(), expected=expected)
    )


@router.delete(
    "/{${n.singular}_id}",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(${n.camel}NotFoundError, *REMOVING),
)
async def delete_${n.singular}(
    ${n.singular}_id: Id, service: ${n.camel}ServiceDep, expected: ExpectedVersions
) -> Response:
    """Remove ${n.a_word}."""
    await service.delete(${n.singular}_id, expected=expected)
    return Response(status_code=204)
