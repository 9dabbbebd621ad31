from typing import Annotated, Literal

from pydantic import ConfigDict
from pydantic.config import JsonDict

from app.models.products.product import NewProduct, ProductType
from app.schemas.common import (
    STAMPS,
    MessagePayload,
    PageResponse,
    SearchParameters,
    StampedResponse,
    StrictBody,
)
from app.schemas.fields import TEXT, Money, PlainBool, PlainMoney, StoredId, text_up_to

Sku = Annotated[str, text_up_to(64), TEXT]
Name = Annotated[str, text_up_to(255), TEXT]
Description = Annotated[str, text_up_to(1000), TEXT]
Category = Annotated[str, text_up_to(100), TEXT]
Unit = Annotated[str, text_up_to(50), TEXT]
BusinessUnit = Annotated[str, text_up_to(100), TEXT]
Location = Annotated[str, text_up_to(100), TEXT]

EXAMPLE: JsonDict = {
    "sku": "NB-1001",
    "name": "Notebook 14 inch, 32 GB",
    "description": "Aluminium, lit keyboard, two USB-C ports",
    "category": "Notebooks",
    "unit": "Piece",
    "business_unit": "Workplace",
    "location": "Zurich",
    "price": 1249.5,
    "product_type": "HW",
    "is_available": True,
}


class ProductCreate(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    sku: Sku | None = None
    name: Name
    description: Description | None = None
    category: Category
    unit: Unit
    business_unit: BusinessUnit
    location: Location
    price: Money
    product_type: ProductType
    is_available: bool = True

    def to_model(self) -> NewProduct:
        return NewProduct(**self.model_dump())


class PriceUpdate(StrictBody):
    price: Money


class AvailabilityUpdate(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"is_available": False}]})

    is_available: bool


class StockChanged(MessagePayload):
    """What the inventory tells of a product."""

    product_id: StoredId
    in_stock: bool


class ProductFilters(SearchParameters):
    category: Category | None = None
    business_unit: BusinessUnit | None = None
    location: Location | None = None
    min_price: PlainMoney | None = None
    max_price: PlainMoney | None = None
    product_type: ProductType | None = None
    is_available: PlainBool | None = None
    sort_by: Literal["id", "created_at", "updated_at", "name", "price"] = "id"


class ProductResponse(StampedResponse, ProductCreate):
    """What clients read; the price is exact, with at most 2 decimals."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 7, **EXAMPLE, **STAMPS}]},
        json_schema_serialization_defaults_required=True,
    )


class ProductPage(PageResponse[ProductResponse]):
    pass
