"""Products of the catalogue, with their prices and their availability."""

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
    READER,
    UPDATE_ERRORS,
)
from app.api.http.strict_route import StrictRoute
from app.api.openapi.problem_responses import problems
from app.api.v1.products.product_dependencies import ProductServiceDep
from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.models.shared.listing import ListQuery
from app.schemas.products.product_schemas import (
    AvailabilityUpdate,
    PriceUpdate,
    ProductCreate,
    ProductFilters,
    ProductPage,
    ProductResponse,
    ProductUpdate,
)
from app.schemas.shared.fields import Id

router = APIRouter(route_class=StrictRoute)


@router.get("", dependencies=READER, response_model=ProductPage, responses=problems())
@cached_response(tag="products")
async def list_products(
    request: Request, filters: Annotated[ProductFilters, Query()], service: ProductServiceDep
) -> Response:
    """List products, filtered, searched and sorted, by page or by cursor."""
    return await page_response(request, filters, service.list)


@router.get("/export", dependencies=READER, response_class=Response, responses=docs_of_export())
async def export_products(
    request: Request,
    selected: Annotated[ListQuery, Depends(selected_by(ProductFilters))],
    service: ProductServiceDep,
) -> Response:
    """Export products as CSV or JSON lines, with the filters of the list."""
    return await stream_export(request, "products", ProductCreate, service.export(selected))


@router.get(
    "/{product_id}",
    dependencies=READER,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError) | NOT_MODIFIED,
)
@cached_response(tag="products/{product_id}")
async def get_product(product_id: Id, service: ProductServiceDep) -> Response:
    """Get a product."""
    return record_response(await service.get(product_id))


@router.post(
    "",
    status_code=201,
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(SkuTakenError, *CREATE_ERRORS),
)
async def create_product(
    request: Request, body: ProductCreate, service: ProductServiceDep, idempotency: IdempotencyDep
) -> Response:
    """Create a product."""

    async def create() -> Response:
        return created_response(request, await service.create(body.to_model()))

    return await idempotency.run_once(body, create)


@router.patch(
    "/{product_id}",
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError, SkuTakenError, *UPDATE_ERRORS),
)
async def update_product(
    product_id: Id, body: ProductUpdate, service: ProductServiceDep, expected: ExpectedVersions
) -> Response:
    """Update the given fields of a product; an empty body changes nothing."""
    return record_response(
        await service.update(product_id, body.explicit_values(), expected=expected)
    )


@router.patch(
    "/{product_id}/price",
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError, *UPDATE_ERRORS),
)
async def update_price(
    product_id: Id, body: PriceUpdate, service: ProductServiceDep, expected: ExpectedVersions
) -> Response:
    """Change the price of a product."""
    return record_response(
        await service.change_price(product_id, price=body.price, expected=expected)
    )


@router.patch(
    "/{product_id}/availability",
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError, *UPDATE_ERRORS),
)
async def update_availability(
    product_id: Id,
    body: AvailabilityUpdate,
    service: ProductServiceDep,
    expected: ExpectedVersions,
) -> Response:
    """Change the availability of a product."""
    return record_response(
        await service.change_availability(
            product_id, is_available=body.is_available, expected=expected
        )
    )


@router.delete(
    "/{product_id}",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(ProductNotFoundError, *DELETE_ERRORS),
)
async def delete_product(
    product_id: Id, service: ProductServiceDep, expected: ExpectedVersions
) -> Response:
    """Delete a product."""
    await service.delete(product_id, expected=expected)
    return Response(status_code=204)
