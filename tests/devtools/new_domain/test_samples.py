"""The values that the tests of a generated domain use."""

import pytest

from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.samples import Samples

ORDERS = Names(plural="orders", singular="order")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("level:int>=0<=1", "1"),
        ("level:int>=0<=1=1", "0"),
        ("level:int>=0<=1=0", "1"),
        ("price:money=13.50", "12.5"),
        ("weight:decimal(8,3)=13.500", "12.5"),
        ("status:enum(new,paid)=paid", '"new"'),
    ],
)
def test_a_changed_value_is_allowed_and_not_the_default(text: str, value: str) -> None:
    assert Samples(read_fields([text], ORDERS)).changed[1] == value
