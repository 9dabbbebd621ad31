from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.models.products.product import NewProduct, ProductType
from app.schemas.shared.common import (
    SYSTEM_FIELD_EXAMPLES,
    MessagePayload,
    PageResponse,
    PartialUpdate,
    RecordResponse,
    SearchParameters,
    StrictBody,
)
from app.schemas.shared.fields import (
    NORMALIZED,
    NORMALIZED_KEY,
    UNIQUE_VALUE,
    UNSET,
    BoolParameter,
    Money,
    MoneyParameter,
    StoredId,
    key_up_to,
    text_up_to,
)

Sku = Annotated[str, key_up_to(64, "Stock keeping unit, the number for people"), NORMALIZED_KEY]
Name = Annotated[str, text_up_to(255), NORMALIZED]
Description = Annotated[str, text_up_to(1000), NORMALIZED]
Category = Annotated[str, text_up_to(100), NORMALIZED]
Unit = Annotated[str, text_up_to(50, "What `price` is for, such as `Piece`"), NORMALIZED]
BusinessUnit = Annotated[str, text_up_to(100, "The unit that sells the product"), NORMALIZED]
Location = Annotated[str, text_up_to(100, "Where the product is kept"), NORMALIZED]
KindOfProduct = Annotated[ProductType, Field(description="Hardware or software")]

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
    """Values of a new product."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    sku: Sku | None = None
    name: Name
    description: Description | None = None
    category: Category
    unit: Unit
    business_unit: BusinessUnit
    location: Location
    price: Money
    product_type: KindOfProduct
    is_available: bool = True

    def to_model(self) -> NewProduct:
        return NewProduct(**self.model_dump())


class ProductUpdate(PartialUpdate):
    """Changes of a product; its price and its availability have routes of their own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": EXAMPLE["name"]}]})

    sku: Sku | None = UNSET
    name: Name = UNSET
    description: Description | None = UNSET
    category: Category = UNSET
    unit: Unit = UNSET
    business_unit: BusinessUnit = UNSET
    location: Location = UNSET
    product_type: KindOfProduct = UNSET


class PriceUpdate(StrictBody):
    """A new price."""

    price: Money


class AvailabilityUpdate(StrictBody):
    """A new availability."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_available": False}]})

    is_available: bool


class StockChanged(MessagePayload):
    """The payload of `inventory.stock_changed`."""

    product_id: StoredId
    in_stock: bool


class ProductFilters(SearchParameters):
    sku: Annotated[Sku | None, UNIQUE_VALUE] = None
    category: Category | None = None
    business_unit: BusinessUnit | None = None
    location: Location | None = None
    min_price: MoneyParameter | None = None
    max_price: MoneyParameter | None = None
    product_type: KindOfProduct | None = None
    is_available: BoolParameter | None = None
    sort_by: Literal["id", "created_at", "updated_at", "name", "price"] = "id"


class ProductResponse(RecordResponse, ProductCreate):
    """A product in responses."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 7, **EXAMPLE, **SYSTEM_FIELD_EXAMPLES}]},
        json_schema_serialization_defaults_required=True,
    )


class ProductPage(PageResponse[ProductResponse]):
    """A page of products."""
