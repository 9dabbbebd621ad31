"""The payload and the version of an event."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.models.shared.event import build_event
from tests.widgets.models.widget import Widget
from tests.widgets.models.widget_events import (
    WIDGET_CHANGED,
    WIDGET_CREATED,
    WIDGET_DELETED,
)
from tests.widgets.records import make_widget


def test_a_change_event_contains_only_old_and_new_values() -> None:
    old = make_widget(id=7, price=Decimal(100), version=3)
    new = make_widget(id=7, price=Decimal(120), version=4)

    payload = build_event(WIDGET_CHANGED, old, new).payload()

    assert datetime.now(UTC) >= payload.pop("occurred_at")
    assert payload == {
        "event": "widget.changed",
        "widget_id": 7,
        "version": 4,
        "price": {"old": Decimal(100), "new": Decimal(120)},
    }


def test_a_creation_event_contains_all_fields() -> None:
    payload = build_event(WIDGET_CREATED, None, make_widget(code="NB-1", version=1)).payload()

    assert payload["code"] == {"old": None, "new": "NB-1"}
    assert payload["version"] == 1
    assert "created_at" not in payload


@pytest.mark.parametrize("version", [1, 5])
def test_a_deletion_event_has_the_highest_version(version: int) -> None:
    old: Widget = make_widget(version=version)

    assert build_event(WIDGET_DELETED, old, None).version == version + 1


def test_an_event_without_a_change_is_refused() -> None:
    nothing: Widget | None = None

    with pytest.raises(ValueError, match="Neither"):
        build_event(WIDGET_CHANGED, nothing, nothing)
