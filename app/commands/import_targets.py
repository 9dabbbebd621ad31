"""What can be imported; the name is the resource and its table."""

from dataclasses import dataclass

from pydantic import BaseModel

from app.schemas.products.product_schemas import ProductCreate


@dataclass(frozen=True, kw_only=True)
class ImportTarget:
    """`key` is the unique column that tells which row is meant."""

    resource: str
    key: str
    schema: type[BaseModel]


_TARGETS: list[ImportTarget] = [
    ImportTarget(resource="products", key="sku", schema=ProductCreate),
]

TARGETS = {target.resource: target for target in _TARGETS}
