from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.shared.common import (
    SYSTEM_FIELD_EXAMPLES,
    PageResponse,
    PartialUpdate,
    RecordResponse,
    SearchParameters,
    StrictBody,
)
from app.schemas.shared.fields import (
    INTEGRAL,
    MAX_INTEGER,
    NORMALIZED,
    NORMALIZED_KEY,
    UNIQUE_VALUE,
    UNSET,
    BoolParameter,
    Date,
    DateTime,
    IntegerParameter,
    Money,
    MoneyParameter,
    key_up_to,
    text_up_to,
)
from tests.widgets.models.widget import NewWidget, WidgetKind

Code = Annotated[str, key_up_to(64), NORMALIZED_KEY]
Name = Annotated[str, text_up_to(255), NORMALIZED]
Note = Annotated[str, text_up_to(1000), NORMALIZED]
Category = Annotated[str, text_up_to(100), NORMALIZED]
Quantity = Annotated[int, Field(ge=0, le=MAX_INTEGER), INTEGRAL]

EXAMPLE: JsonDict = {
    "code": "Code B",
    "name": "Name B",
    "note": "Note B",
    "category": "Category B",
    "price": 12.5,
    "kind": "HW",
    "quantity": 1,
    "is_active": True,
    "due_on": "2026-01-01",
    "checked_at": "2026-01-15T09:00:00Z",
}


class WidgetCreate(StrictBody):
    """Values of a new widget."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: Code | None = None
    name: Name
    note: Note | None = None
    category: Category
    price: Money
    kind: WidgetKind
    quantity: Quantity = 0
    is_active: bool = True
    due_on: Date | None = None
    checked_at: DateTime | None = None

    def to_model(self) -> NewWidget:
        return NewWidget(**self.model_dump())


class WidgetUpdate(PartialUpdate):
    """Changes of a widget; an omitted field keeps its value."""

    code: Code | None = UNSET
    name: Name = UNSET
    note: Note | None = UNSET
    category: Category = UNSET
    price: Money = UNSET
    kind: WidgetKind = UNSET
    quantity: Quantity = UNSET
    is_active: bool = UNSET
    due_on: Date | None = UNSET
    checked_at: DateTime | None = UNSET


class WidgetFilters(SearchParameters):
    code: Annotated[Code | None, UNIQUE_VALUE] = None
    category: Category | None = None
    min_price: MoneyParameter | None = None
    max_price: MoneyParameter | None = None
    kind: WidgetKind | None = None
    min_quantity: IntegerParameter | None = None
    max_quantity: IntegerParameter | None = None
    is_active: BoolParameter | None = None
    min_due_on: Date | None = None
    max_due_on: Date | None = None
    min_checked_at: DateTime | None = None
    max_checked_at: DateTime | None = None
    sort_by: Literal["id", "created_at", "updated_at", "name", "category", "price", "quantity"] = (
        "id"
    )


class WidgetResponse(RecordResponse, WidgetCreate):
    """A widget in responses."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 7, **EXAMPLE, **SYSTEM_FIELD_EXAMPLES}]},
        json_schema_serialization_defaults_required=True,
    )


class WidgetPage(PageResponse[WidgetResponse]):
    """A page of widgets."""
