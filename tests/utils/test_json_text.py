"""JSON is parsed strictly and exactly, and written exactly (RFC 8259)."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.json_text import from_json, to_json

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"{",
        b'{"a": 1',
        b'{"a": 1,}',
        b'{"a": 1, "a": 1}',
        b'[{"b": {"a": 1, "a": 2}}]',
        b'{"a": 1, "\\u0061": 2}',
        b"{'a': 1}",
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32"),
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xc0\x80"}',
        b'{"a": "\n"}',
        b'{"a": 01}',
        b'{"a": 1.}',
        b'{"a": .5}',
        b'{"a": +1}',
        b"1 2",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 5_000,
        b"-" + b"1" * 100_000,
        b"1e99999999999999999999999",
        b"// nothing",
    ],
    ids=lambda document: repr(document[:20]),
)
def test_text_that_is_not_strict_json_is_refused(document: bytes) -> None:
    with pytest.raises(json.JSONDecodeError) as refusal:
        from_json(document)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("number", ["0.1", "1e2", "1E-7", "12.500", "1e200000", "-0.0"])
def test_numbers_are_parsed_exactly(number: str) -> None:
    assert from_json(number.encode()).compare_total(Decimal(number)) == 0


def test_integers_stay_integers() -> None:
    assert type(from_json(b"12")) is int


@given(DOCUMENTS)
def test_valid_json_of_other_writers_is_parsed(document: Any) -> None:
    assert from_json(json.dumps(document).encode()) == document


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(octets: bytes) -> None:
    try:
        from_json(octets)
    except json.JSONDecodeError:
        return


@pytest.mark.parametrize("price", ["0.01", "0.10", "12.50", "9999999999.99"])
def test_money_is_written_as_an_exact_number(price: str) -> None:
    assert to_json({"price": Decimal(price)}) == b'{"price":%s}' % price.encode()
    assert from_json(to_json(Decimal(price))) == Decimal(price)
