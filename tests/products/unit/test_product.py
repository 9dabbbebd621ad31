from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.products.factories import make_product

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


def test_a_change_keeps_the_other_fields() -> None:
    product = make_product(sku="NB-1")

    assert product.with_price(Decimal(7)) == make_product(sku="NB-1", price=Decimal(7))
    assert product.with_availability(is_available=False) == make_product(
        sku="NB-1", is_available=False
    )
