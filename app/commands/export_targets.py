"""Resources that can be exported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.repositories.shared.record_repository import RecordRepository
from app.schemas.products.product_schemas import ProductCreate, ProductFilters
from app.schemas.shared.common import ListParameters


@dataclass(frozen=True, kw_only=True)
class ExportTarget:
    """Resource that can be exported; the fields of `schema` are the columns."""

    resource: str
    schema: type[BaseModel]
    filters: type[ListParameters]
    repository: Callable[..., RecordRepository[Any, Any]]


_TARGETS: list[ExportTarget] = [
    ExportTarget(
        resource="products",
        schema=ProductCreate,
        filters=ProductFilters,
        repository=PostgresProductRepository,
    ),
]

TARGETS = {target.resource: target for target in _TARGETS}
