from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tests.widgets.factories import make_new_widget, widget_body
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetUpdate

_GOOD: list[tuple[str, Any]] = [
    ("code", "é" * 64),
    ("name", "é" * 255),
    ("note", "é" * 1000),
    ("category", "é" * 100),
    ("price", Decimal("0.01")),
    ("price", Decimal("9999999999.99")),
    ("kind", "HW"),
    ("kind", "SW"),
    ("quantity", 0),
    ("quantity", Decimal("2147483647.0")),
    ("is_active", True),
    ("is_active", False),
    ("due_on", "2024-02-29"),
    ("checked_at", "2024-02-29T23:59:59.999999+02:00"),
]
_BAD: list[tuple[str, Any]] = [
    ("code", ""),
    ("code", "a\x00"),
    ("code", "\u202e"),
    ("code", "é" * 65),
    ("code", 1),
    ("code", "a\u200db"),
    ("name", ""),
    ("name", "a\x00"),
    ("name", "\u202e"),
    ("name", "é" * 256),
    ("name", 1),
    ("name", None),
    ("note", ""),
    ("note", "a\x00"),
    ("note", "\u202e"),
    ("note", "é" * 1001),
    ("note", 1),
    ("category", ""),
    ("category", "a\x00"),
    ("category", "\u202e"),
    ("category", "é" * 101),
    ("category", 1),
    ("category", None),
    ("price", 0),
    ("price", Decimal("1.005")),
    ("price", 1.5),
    ("price", "1"),
    ("price", True),
    ("price", None),
    ("kind", "?"),
    ("kind", "HW "),
    ("kind", None),
    ("quantity", -1),
    ("quantity", 2147483648),
    ("quantity", "1"),
    ("quantity", True),
    ("quantity", Decimal("1.5")),
    ("quantity", None),
    ("is_active", 1),
    ("is_active", "true"),
    ("is_active", None),
    ("due_on", "2026-02-30"),
    ("due_on", "2026-1-1"),
    ("due_on", "2026-01-01T00:00:00Z"),
    ("due_on", 1),
    ("checked_at", "2026-01-01T00:00:00"),
    ("checked_at", "2026-01-01T25:00:00Z"),
    ("checked_at", 1),
]


def _body(**overrides: Any) -> dict[str, Any]:
    return widget_body(**({"price": Decimal("12.50")} | overrides))


@pytest.mark.parametrize(("field", "value"), _GOOD)
def test_a_value_at_its_limit_is_accepted(field: str, value: object) -> None:
    created = WidgetCreate.model_validate(_body(**{field: value}))
    changes = WidgetUpdate.model_validate({field: value})

    assert changes.explicit_values() == {field: getattr(created, field)}


@pytest.mark.parametrize(("field", "value"), _BAD)
def test_a_value_past_its_limits_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        WidgetCreate.model_validate(_body(**{field: value}))
    with pytest.raises(ValidationError):
        WidgetUpdate.model_validate({field: value})


@pytest.mark.parametrize("field", ["name", "category", "price", "kind"])
def test_a_required_field_may_not_be_omitted(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        WidgetCreate.model_validate(_body(**{field: ...}))


def test_a_body_is_converted_to_a_new_widget() -> None:
    body = _body()

    assert WidgetCreate.model_validate(body).to_model() == make_new_widget(**body)


def test_an_omitted_field_is_no_change() -> None:
    assert WidgetUpdate.model_validate({}).explicit_values() == {}
    assert WidgetUpdate.model_validate({"code": None}).explicit_values() == {"code": None}
