"""Build the product service, for a request or for a message."""

from typing import Annotated

from fastapi import Depends, Request

from app.dependencies import audit_trail_of
from app.infrastructure.resources import Resources, resources_of
from app.ports.audit_trail import AuditTrail
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.services.products.product_service import ProductService
from app.services.shared.change_log import ChangeLog


def build_product_service(resources: Resources, *, audit: AuditTrail) -> ProductService:
    database = resources.database
    stored = PostgresProductRepository(database=database)
    return ProductService(
        products=CachedProductRepository(stored=stored, cache=resources.cache, database=database),
        transactions=database,
        changes=ChangeLog(resource="products", audit=audit, events=resources.messaging.events),
    )


async def _product_service(request: Request) -> ProductService:
    return build_product_service(resources_of(request.scope), audit=audit_trail_of(request))


ProductServiceDep = Annotated[ProductService, Depends(_product_service)]
