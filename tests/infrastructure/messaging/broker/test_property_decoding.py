"""Decoding agrees with pamqp for valid values, and yields a value for all others."""

import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import decode, encode

from app.infrastructure.messaging.broker.property_decoding import (
    MAX_DEPTH,
    MAX_VALUES,
    read_short_text,
    read_table,
    read_timestamp,
)
from tests.support.raw_amqp import long, short, table

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(width=32, allow_nan=False),
    st.decimals(0, 2**31 - 1, places=0),
    st.text(),
    st.binary().map(bytearray),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
)
NAMES = st.text(max_size=20)
TABLES = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=5,
)


@given(TABLES)
def test_valid_headers_are_decoded_as_by_pamqp(headers: dict[str, Any]) -> None:
    encoded = encode.field_table(headers)

    assert read_table(encoded) == decode.field_table(encoded)


@given(st.binary(max_size=300))
def test_any_bytes_yield_headers(content: bytes) -> None:
    consumed, headers = read_table(long(content) + b"rest")

    assert consumed == len(content) + 4
    assert isinstance(headers, dict)


def test_text_that_is_not_utf_8_is_escaped() -> None:
    assert read_short_text(short(b"a\xffb") + b"rest") == (4, "a\\xffb")
    assert read_table(table((b"\xff", b"S" + long(b"\xfe"))))[1] == {"\\xff": b"\xfe"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (2**40, datetime.fromtimestamp(2**40 / 1000, tz=UTC)),
        (2**62, 2**62),
        (2**64 - 1, 2**64 - 1),
    ],
)
def test_a_timestamp_beyond_all_dates_is_a_number(number: int, expected: object) -> None:
    assert read_timestamp(struct.pack(">Q", number)) == (8, expected)


def test_headers_beyond_the_limits_are_skipped() -> None:
    many = table(*((b"%d" % number, b"V") for number in range(2 * MAX_VALUES)))
    array = table((b"a", b"A" + long(b"V" * 2 * MAX_VALUES)))

    assert read_table(many + b"rest")[0] == len(many)
    assert len(read_table(many)[1]) == MAX_VALUES
    assert len(read_table(array)[1]["a"]) < MAX_VALUES


def test_deep_headers_are_cut() -> None:
    value = b"V"
    for _ in range(3 * MAX_DEPTH):
        value = b"F" + table((b"k", value))
    depth = 0
    found: dict[str, Any] | None = read_table(table((b"k", value)))[1]
    while found is not None:
        depth, found = depth + 1, found["k"]

    assert depth == MAX_DEPTH + 1


def test_unknown_types_end_the_headers() -> None:
    headers = table((b"known", b"t\x01"), (b"unknown", b"?"), (b"lost", b"t\x01"))

    assert read_table(headers)[1] == {"known": True}


def test_a_decimal_keeps_its_scale() -> None:
    assert read_table(table((b"price", b"D\x02\0\0\x07\xcf")))[1] == {"price": Decimal("19.99")}
