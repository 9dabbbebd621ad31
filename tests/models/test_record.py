from decimal import Decimal

import pytest
from hypothesis import strategies as st

from app.exceptions.shared.record_exceptions import StaleVersionError
from app.models.shared.record import changes_between
from tests.widgets.records import make_widget

PRICES = st.decimals("0.01", "9999999999.99", places=2)


@pytest.mark.parametrize("expected", [None, {3}, {2, 3}])
def test_an_expected_version_is_accepted(expected: set[int] | None) -> None:
    make_widget(version=3).require_version(expected)


@pytest.mark.parametrize("expected", [set(), {2}, {4}, {1, 2, 4}])
def test_an_unexpected_version_is_stale(expected: set[int]) -> None:
    with pytest.raises(StaleVersionError, match="its current version is 3"):
        make_widget(version=3).require_version(expected)


def test_changes_contain_old_and_new_values_without_system_fields() -> None:
    old, new = make_widget(), make_widget(price=Decimal(7), version=2)

    assert changes_between(old, new) == {"price": {"old": old.price, "new": Decimal(7)}}
    assert changes_between(old, old) == {}


def test_changes_of_a_new_record_have_no_old_values() -> None:
    changes = changes_between(None, make_widget())

    assert changes["name"] == {"old": None, "new": "Name B"}
    assert "code" not in changes
    assert "id" not in changes
