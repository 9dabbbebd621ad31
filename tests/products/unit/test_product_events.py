"""Product events have the documented urgency and payload."""

from datetime import UTC, datetime
from decimal import Decimal

from app.models.products.product_events import (
    EVENTS,
    PRICE_CHANGED,
    PRODUCT_CREATED,
)
from app.models.shared.event import UrgencyLevel, build_event
from tests.products.factories import make_product


def test_each_event_has_its_documented_urgency() -> None:
    assert {event.name: event.urgency for event in EVENTS} == {
        "product.created": UrgencyLevel.MEDIUM,
        "product.changed": UrgencyLevel.MEDIUM,
        "product.price_changed": UrgencyLevel.HIGH,
        "product.availability_changed": UrgencyLevel.MEDIUM,
        "product.deleted": UrgencyLevel.CRITICAL,
    }


def test_a_price_change_event_contains_only_old_and_new_price() -> None:
    old = make_product(id=7, price=Decimal(100), version=3)
    new = make_product(id=7, price=Decimal(120), version=4, name="Renamed")

    payload = build_event(PRICE_CHANGED, old, new).payload()

    assert datetime.now(UTC) >= payload.pop("occurred_at")
    assert payload == {
        "event": "product.price_changed",
        "product_id": 7,
        "version": 4,
        "price": {"old": Decimal(100), "new": Decimal(120)},
    }


def test_a_creation_event_contains_all_fields() -> None:
    payload = build_event(PRODUCT_CREATED, None, make_product(sku="NB-1", version=1)).payload()

    assert payload["sku"] == {"old": None, "new": "NB-1"}
    assert payload["version"] == 1
    assert "created_at" not in payload
