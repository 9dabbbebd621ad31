"""CONTRACT section 6: what other services are told of a product."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.models.event import UrgencyLevel, event_about
from app.models.products.product import Product
from app.models.products.product_events import (
    AVAILABILITY_CHANGED,
    EVENTS,
    PRICE_CHANGED,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
)
from tests.products.making import make_product


def test_each_event_is_as_urgent_as_the_contract_says() -> None:
    assert {event.name: event.urgency for event in EVENTS} == {
        "product.created": UrgencyLevel.MEDIUM,
        "product.price_changed": UrgencyLevel.HIGH,
        "product.availability_changed": UrgencyLevel.MEDIUM,
        "product.deleted": UrgencyLevel.CRITICAL,
    }


def test_a_price_change_tells_the_old_and_the_new_price_and_nothing_else() -> None:
    old = make_product(id=7, price=Decimal(100), version=3)
    new = make_product(id=7, price=Decimal(120), version=4, name="Renamed")

    payload = event_about(PRICE_CHANGED, old, new).payload()

    assert datetime.now(UTC) >= payload.pop("occurred_at")
    assert payload == {
        "event": "product.price_changed",
        "product_id": 7,
        "version": 4,
        "price": {"old": Decimal(100), "new": Decimal(120)},
    }


def test_a_new_product_is_told_whole() -> None:
    payload = event_about(PRODUCT_CREATED, None, make_product(sku="NB-1", version=1)).payload()

    assert payload["sku"] == {"old": None, "new": "NB-1"}
    assert payload["version"] == 1
    assert "created_at" not in payload


@pytest.mark.parametrize("version", [1, 5])
def test_a_removal_overtakes_every_change_before_it(version: int) -> None:
    old: Product = make_product(version=version)

    assert event_about(PRODUCT_DELETED, old, None).version == version + 1


def test_an_event_about_nothing_is_a_mistake() -> None:
    nothing: Product | None = None

    with pytest.raises(ValueError, match="Neither"):
        event_about(AVAILABILITY_CHANGED, nothing, nothing)
