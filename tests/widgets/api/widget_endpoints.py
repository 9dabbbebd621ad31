"""Widgets: create, read, list, update, delete and export."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.http.export import docs_of_export, selected_by, stream_export
from app.api.http.idempotency import IdempotencyDep
from app.api.http.paging import page_response
from app.api.http.rendering import ExpectedVersions, created_response, record_response
from app.api.http.response_cache import cached_response
from app.api.http.route_options import (
    ADMIN,
    CREATE_ERRORS,
    DELETE_ERRORS,
    NOT_MODIFIED,
    UPDATE_ERRORS,
    USER,
)
from app.api.http.strict_route import StrictRoute
from app.api.openapi.problem_responses import problems
from app.models.shared.listing import ListQuery
from app.schemas.shared.fields import Id
from tests.widgets.api.widget_dependencies import WidgetServiceDep
from tests.widgets.exceptions.widget_exceptions import CodeTakenError, WidgetNotFoundError
from tests.widgets.schemas.widget_schemas import (
    WidgetCreate,
    WidgetFilters,
    WidgetPage,
    WidgetResponse,
    WidgetUpdate,
)

router = APIRouter(route_class=StrictRoute)


@router.get("", dependencies=USER, response_model=WidgetPage, responses=problems())
@cached_response(tag="widgets")
async def list_widgets(
    request: Request, filters: Annotated[WidgetFilters, Query()], service: WidgetServiceDep
) -> Response:
    """List widgets, filtered, searched and sorted, by page or by cursor."""
    return await page_response(request, filters, service.list)


@router.get("/export", dependencies=USER, response_class=Response, responses=docs_of_export())
async def export_widgets(
    request: Request,
    selected: Annotated[ListQuery, Depends(selected_by(WidgetFilters))],
    service: WidgetServiceDep,
) -> Response:
    """Export widgets as CSV or JSON lines, with the filters of the list."""
    return await stream_export(request, "widgets", WidgetCreate, service.export(selected))


@router.get(
    "/{widget_id}",
    dependencies=USER,
    response_model=WidgetResponse,
    responses=problems(WidgetNotFoundError) | NOT_MODIFIED,
)
@cached_response(tag="widgets/{widget_id}")
async def get_widget(widget_id: Id, service: WidgetServiceDep) -> Response:
    """Get a widget."""
    return record_response(await service.get(widget_id))


@router.post(
    "",
    status_code=201,
    dependencies=ADMIN,
    response_model=WidgetResponse,
    responses=problems(CodeTakenError, *CREATE_ERRORS),
)
async def create_widget(
    request: Request, body: WidgetCreate, service: WidgetServiceDep, idempotency: IdempotencyDep
) -> Response:
    """Create a widget."""

    async def create() -> Response:
        return created_response(request, await service.create(body.to_model()))

    return await idempotency.run_once(body, create)


@router.patch(
    "/{widget_id}",
    dependencies=ADMIN,
    response_model=WidgetResponse,
    responses=problems(WidgetNotFoundError, CodeTakenError, *UPDATE_ERRORS),
)
async def update_widget(
    widget_id: Id, body: WidgetUpdate, service: WidgetServiceDep, expected: ExpectedVersions
) -> Response:
    """Update the given fields of a widget; an empty body changes nothing."""
    return record_response(
        await service.update(widget_id, body.explicit_values(), expected=expected)
    )


@router.delete(
    "/{widget_id}",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(WidgetNotFoundError, *DELETE_ERRORS),
)
async def delete_widget(
    widget_id: Id, service: WidgetServiceDep, expected: ExpectedVersions
) -> Response:
    """Delete a widget."""
    await service.delete(widget_id, expected=expected)
    return Response(status_code=204)
