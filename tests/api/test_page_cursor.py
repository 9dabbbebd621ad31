from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from app.api.http.page_cursor import decode_cursor, encode_cursor
from app.exceptions.shared.request_exceptions import ForeignCursorError
from app.infrastructure.security.field_cipher import FieldCipher
from app.models.shared.listing import ListQuery
from app.schemas.shared.fields import MAX_ID

CIPHER = FieldCipher.from_settings([], SecretStr("a-secret-for-cursors-of-more-than-32-bytes"))
QUERY = ListQuery(filters={"location": "EU", "min_price": Decimal("1.50")}, sort_by="price")

KEYS = (
    st.integers(1, MAX_ID)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=255)
    | st.decimals("0.01", "9999999999.99", places=2)
    | st.datetimes(timezones=st.just(UTC))
)


def _cursor() -> str:
    return encode_cursor(CIPHER, QUERY, (Decimal("12.50"), 7), page=3)


@given(key=KEYS, identity=st.integers(1, MAX_ID), page=st.integers(1, 10**9))
def test_a_position_is_restored_from_its_cursor(key: object, identity: int, page: int) -> None:
    read = decode_cursor(CIPHER, QUERY, encode_cursor(CIPHER, QUERY, (key, identity), page=page))

    assert read.position == (key, identity)
    assert type(read.position[0]) is type(key)
    assert read.page == page


def test_a_time_in_a_cursor_keeps_microseconds_and_zone() -> None:
    time = datetime(2026, 3, 1, 12, 0, 0, 1, UTC)

    key, _ = decode_cursor(CIPHER, QUERY, encode_cursor(CIPHER, QUERY, (time, 1), page=1)).position

    assert isinstance(key, datetime)
    assert (key, key.utcoffset()) == (time, timedelta())


def test_a_cursor_is_url_safe_and_within_its_length_limit() -> None:
    cursor = encode_cursor(CIPHER, QUERY, ("🖥" * 255, MAX_ID), page=10**9)

    assert set(cursor) <= set(ascii_letters + digits + "-_")
    assert len(cursor) <= 4096


def test_a_cursor_is_encrypted() -> None:
    cursor = encode_cursor(CIPHER, QUERY, ("Secret name", 7), page=1)

    assert "Secret" not in cursor
    assert cursor != encode_cursor(CIPHER, QUERY, ("Secret name", 7), page=1)


@settings(max_examples=300)
@given(place=st.integers(0), mangled=st.characters())
def test_a_cursor_with_any_changed_character_is_refused(place: int, mangled: str) -> None:
    cursor = _cursor()
    place %= len(cursor)
    if cursor[place] == mangled:
        return

    with pytest.raises(ForeignCursorError):
        decode_cursor(CIPHER, QUERY, cursor[:place] + mangled + cursor[place + 1 :])


@given(st.text(max_size=120))
def test_text_that_is_not_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(ForeignCursorError):
        decode_cursor(CIPHER, QUERY, text)


@pytest.mark.parametrize("change", ["truncated", "padded", "spaced", "doubled", "lengthened"])
def test_a_non_canonical_encoding_of_a_cursor_is_refused(change: str) -> None:
    cursor = _cursor()
    spelling = {
        "truncated": cursor[:-1],
        "padded": f"{cursor}=",
        "spaced": f"{cursor} ",
        "doubled": cursor + cursor,
        "lengthened": f"{cursor}A",
    }[change]

    with pytest.raises(ForeignCursorError):
        decode_cursor(CIPHER, QUERY, spelling)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, sort_by="name"),
        replace(QUERY, descending=True),
        replace(QUERY, search="x"),
        replace(QUERY, filters={}),
        replace(QUERY, filters={"location": "US", "min_price": Decimal("1.50")}),
        replace(QUERY, filters={"category": "EU", "min_price": Decimal("1.50")}),
    ],
    ids=str,
)
def test_a_cursor_of_another_list_is_refused(other: ListQuery) -> None:
    with pytest.raises(ForeignCursorError):
        decode_cursor(CIPHER, other, _cursor())


def test_the_page_size_may_change_between_pages() -> None:
    assert decode_cursor(CIPHER, replace(QUERY, limit=7, exact_total=True), _cursor()).page == 3


def test_a_cursor_encrypted_with_another_key_is_refused() -> None:
    other_cipher = FieldCipher.from_settings([], SecretStr("another-secret-of-more-than-32-bytes"))

    with pytest.raises(ForeignCursorError):
        decode_cursor(other_cipher, QUERY, _cursor())


def test_an_encrypted_text_that_is_not_a_cursor_is_refused() -> None:
    for plain in (b"", b"{}", b"[]", b'["a",1,"int","1"]', b"\xff", b'["a","1","int","1",1]'):
        with pytest.raises(ForeignCursorError):
            decode_cursor(CIPHER, QUERY, CIPHER.encrypt(plain))
