from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.exceptions.shared.record_exceptions import StaleVersionError
from tests.support.service_harness import ServiceHarness
from tests.widgets.exceptions.widget_exceptions import CodeTakenError, WidgetNotFoundError
from tests.widgets.factories import DOMAIN, make_new_widget
from tests.widgets.fakes import InMemoryWidgetRepository
from tests.widgets.models.widget import NewWidget, Widget
from tests.widgets.services.widget_service import WidgetService

Harness = ServiceHarness[WidgetService, NewWidget, Widget]

_FIRST, _SECOND = DOMAIN.samples[:2]


@pytest.fixture
def harness() -> Harness:
    return ServiceHarness(WidgetService, "widgets", InMemoryWidgetRepository())


async def test_a_created_widget_is_stored_audited_and_announced(harness: Harness) -> None:
    widget = await harness.service.create(make_new_widget(**_FIRST))

    assert await harness.service.get(widget.id) == widget
    (audited,) = harness.audit.rows
    assert (audited.action, audited.resource) == ("CREATE_WIDGET", f"widgets/{widget.id}")
    assert {name: audited.changes[name]["new"] for name in _FIRST} == _FIRST
    assert harness.events.names == ["widget.created"]


@pytest.mark.parametrize(
    ("field_name", "new_value"),
    [
        ("code", "Code A"),
        ("name", "Name A"),
        ("note", "Note A"),
        ("category", "Category A"),
        ("price", Decimal("13.50")),
        ("kind", "SW"),
        ("quantity", 2),
        ("is_active", False),
        ("due_on", date(2026, 1, 2)),
        ("checked_at", datetime(2026, 1, 15, 9, 1, tzinfo=UTC)),
    ],
)
async def test_an_update_changes_only_the_given_field(
    harness: Harness, field_name: str, new_value: Any
) -> None:
    widget = await harness.records.add(make_new_widget(**_FIRST))

    changed = await harness.service.update(widget.id, {field_name: new_value})

    next_version: dict[str, Any] = {"version": 2, "updated_at": changed.updated_at}
    assert changed == replace(widget, **{field_name: new_value}, **next_version)
    (audited,), (announced,) = harness.audit.rows, harness.events.rows
    assert audited.changes == {field_name: {"old": getattr(widget, field_name), "new": new_value}}
    assert (audited.action, announced.kind.name) == ("UPDATE_WIDGET", "widget.changed")
    assert announced.changes == audited.changes


async def test_an_update_to_equal_values_leaves_no_trace(harness: Harness) -> None:
    widget = await harness.records.add(make_new_widget(**_FIRST))

    assert await harness.service.update(widget.id, _FIRST) == widget
    assert await harness.service.update(widget.id, {}) == widget
    assert (harness.audit.rows, harness.events.rows) == ([], [])


async def test_a_stale_version_changes_nothing(harness: Harness) -> None:
    widget = await harness.records.add(make_new_widget(**_FIRST))

    with pytest.raises(StaleVersionError):
        await harness.service.update(widget.id, _SECOND, expected={2})
    with pytest.raises(StaleVersionError):
        await harness.service.delete(widget.id, expected={2})

    assert await harness.service.get(widget.id) == widget
    assert harness.audit.rows == []


async def test_a_deleted_widget_is_gone_audited_and_announced(harness: Harness) -> None:
    widget = await harness.records.add(make_new_widget(**_FIRST))

    await harness.service.delete(widget.id, expected={1})

    with pytest.raises(WidgetNotFoundError):
        await harness.service.get(widget.id)
    assert harness.audit.actions == ["DELETE_WIDGET"]
    assert harness.events.names == ["widget.deleted"]


async def test_a_taken_code_is_refused(harness: Harness) -> None:
    await harness.service.create(make_new_widget(code="Code B"))
    other = await harness.service.create(make_new_widget(code="Code A"))

    with pytest.raises(CodeTakenError):
        await harness.service.create(make_new_widget(code="Code B"))
    with pytest.raises(CodeTakenError):
        await harness.service.update(other.id, {"code": "Code B"})
    assert await harness.service.get(other.id) == other
