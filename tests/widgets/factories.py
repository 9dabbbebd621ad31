"""Widgets for tests: each test names only the fields that matter to it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.support.domain import Domain
from tests.widgets.exceptions.widget_exceptions import WidgetNotFoundError
from tests.widgets.fakes import InMemoryWidgetRepository
from tests.widgets.models.widget import NewWidget
from tests.widgets.repositories.cached_widget_repository import CachedWidgetRepository
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository
from tests.widgets.schemas.widget_schemas import WidgetFilters

WIDGETS = "/api/v1/widgets"


def widget_body(**overrides: Any) -> dict[str, Any]:
    """Return a request body; a field with the value `...` is omitted."""
    body = {
        "name": "Name B",
        "category": "Category B",
        "price": 12.5,
        "kind": "HW",
    } | overrides
    return {name: value for name, value in body.items() if value is not ...}


def make_new_widget(**overrides: Any) -> NewWidget:
    values = widget_body(price=Decimal("12.50")) | overrides
    return NewWidget(**values)


DOMAIN = Domain(
    url=WIDGETS,
    body=widget_body,
    make_new=make_new_widget,
    samples=(
        {
            "code": "Code B",
            "name": "Name B",
            "note": "Note B",
            "category": "Category B",
            "price": Decimal("12.50"),
            "kind": "HW",
            "quantity": 1,
            "is_active": True,
            "due_on": date(2026, 1, 1),
            "checked_at": datetime(2026, 1, 15, 9, 0, tzinfo=UTC),
        },
        {
            "name": "Name B",
            "category": "Category B",
            "price": Decimal("13.50"),
            "kind": "SW",
            "quantity": 2,
            "is_active": False,
        },
        {
            "code": "Code F",
            "name": "Name A",
            "note": "Note A",
            "category": "Category A",
            "price": Decimal("14.50"),
            "kind": "HW",
            "quantity": 3,
            "is_active": True,
            "due_on": date(2026, 1, 3),
            "checked_at": datetime(2026, 1, 15, 9, 2, tzinfo=UTC),
        },
        {
            "name": "Name A",
            "category": "Category A",
            "price": Decimal("15.50"),
            "kind": "SW",
            "quantity": 4,
            "is_active": False,
        },
        {
            "code": "Code E",
            "name": "Name F",
            "note": "Note F",
            "category": "Category F",
            "price": Decimal("12.50"),
            "kind": "HW",
            "quantity": 5,
            "is_active": True,
            "due_on": date(2026, 1, 1),
            "checked_at": datetime(2026, 1, 15, 9, 0, tzinfo=UTC),
        },
        {
            "name": "Name F",
            "category": "Category F",
            "price": Decimal("13.50"),
            "kind": "SW",
            "quantity": 6,
            "is_active": False,
        },
    ),
    changes={"": {"name": "Name A"}},
    not_found=WidgetNotFoundError,
    filters=WidgetFilters,
    fake=InMemoryWidgetRepository,
    postgres=PostgresWidgetRepository,
    cached=CachedWidgetRepository,
)
