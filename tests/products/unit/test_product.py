from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.record import StaleVersionError, changes_between
from tests.products.making import make_product

PRICES = st.decimals("0.01", "9999999999.99", places=2)


@pytest.mark.parametrize(
    ("old", "new", "is_significant"),
    [
        ("100", "120", False),
        ("100", "120.01", True),
        ("100", "80", False),
        ("100", "79.99", True),
        ("100", "100", False),
        ("0.05", "0.06", False),
        ("0.05", "0.07", True),
        ("0.01", "0.02", True),
        ("9999999999.99", "7999999999.99", True),
        ("9999999999.99", "8000000000.00", False),
    ],
)
def test_a_price_change_is_significant_above_a_fifth(
    old: str, new: str, *, is_significant: bool
) -> None:
    assert make_product(price=Decimal(old)).is_significant_price(Decimal(new)) is is_significant


@given(old=PRICES, new=PRICES)
def test_a_fifth_is_computed_exactly(old: Decimal, new: Decimal) -> None:
    product = make_product(price=old)

    old_cents, new_cents = int(old * 100), int(new * 100)

    assert product.is_significant_price(new) == (abs(new_cents - old_cents) * 5 > old_cents)


@pytest.mark.parametrize("expected", [None, {3}, {2, 3}])
def test_an_expected_version_is_accepted(expected: set[int] | None) -> None:
    make_product(version=3).require_version(expected)


@pytest.mark.parametrize("expected", [set(), {2}, {4}, {1, 2, 4}])
def test_an_unexpected_version_is_stale(expected: set[int]) -> None:
    with pytest.raises(StaleVersionError, match="its version is now 3"):
        make_product(version=3).require_version(expected)


def test_a_changed_product_keeps_everything_else() -> None:
    product = make_product(sku="NB-1")

    assert product.with_price(Decimal(7)) == make_product(sku="NB-1", price=Decimal(7))
    assert product.with_availability(is_available=False) == make_product(
        sku="NB-1", is_available=False
    )


def test_changes_name_old_and_new_values_but_no_stamps() -> None:
    old, new = make_product(), make_product(price=Decimal(7), version=2)

    assert changes_between(old, new) == {"price": {"old": old.price, "new": Decimal(7)}}
    assert changes_between(old, old) == {}


def test_what_comes_into_being_has_no_old_values() -> None:
    changes = changes_between(None, make_product())

    assert changes["name"] == {"old": None, "new": "Laptop"}
    assert "sku" not in changes
    assert "id" not in changes
