from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.idempotency import IdempotencyDep
from app.api.paging import rendered_page
from app.api.problems import problems
from app.api.ready_answers import kept_until_changed
from app.api.rendering import ExpectedVersions, rendered_new_record, rendered_record
from app.api.route_parts import ADMIN, CHANGING, CREATING, KNOWN, READER, REMOVING
from app.api.strict_route import StrictRoute
from app.dependencies import ProductServiceDep
from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.schemas.fields import Id
from app.schemas.products.product_schemas import (
    AvailabilityUpdate,
    PriceUpdate,
    ProductCreate,
    ProductFilters,
    ProductPage,
    ProductResponse,
)

router = APIRouter(route_class=StrictRoute)


@router.get("", dependencies=READER, response_model=ProductPage, responses=problems())
@kept_until_changed("products")
async def list_products(
    request: Request, filters: Annotated[ProductFilters, Query()], service: ProductServiceDep
) -> Response:
    """List products, filtered, searched and sorted, by page or by cursor."""
    return await rendered_page(request, filters, service.list)


@router.get(
    "/{product_id}",
    dependencies=READER,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError) | KNOWN,
)
@kept_until_changed("products/{product_id}")
async def get_product(product_id: Id, service: ProductServiceDep) -> Response:
    """Show one product."""
    return rendered_record(await service.get(product_id))


@router.post(
    "",
    status_code=201,
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(SkuTakenError, *CREATING),
)
async def create_product(
    request: Request, body: ProductCreate, service: ProductServiceDep, idempotency: IdempotencyDep
) -> Response:
    """Add a product."""

    async def create() -> Response:
        return rendered_new_record(request, await service.create(body.to_model()))

    return await idempotency.once(body, create)


@router.patch(
    "/{product_id}/price",
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError, *CHANGING),
)
async def update_price(
    product_id: Id, body: PriceUpdate, service: ProductServiceDep, expected: ExpectedVersions
) -> Response:
    """Change the price of a product."""
    return rendered_record(
        await service.change_price(product_id, price=body.price, expected=expected)
    )


@router.patch(
    "/{product_id}/availability",
    dependencies=ADMIN,
    response_model=ProductResponse,
    responses=problems(ProductNotFoundError, *CHANGING),
)
async def update_availability(
    product_id: Id,
    body: AvailabilityUpdate,
    service: ProductServiceDep,
    expected: ExpectedVersions,
) -> Response:
    """Offer a product, or withdraw it from the offer."""
    return rendered_record(
        await service.change_availability(
            product_id, is_available=body.is_available, expected=expected
        )
    )


@router.delete(
    "/{product_id}",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(ProductNotFoundError, *REMOVING),
)
async def delete_product(
    product_id: Id, service: ProductServiceDep, expected: ExpectedVersions
) -> Response:
    """Remove a product."""
    await service.delete(product_id, expected=expected)
    return Response(status_code=204)
