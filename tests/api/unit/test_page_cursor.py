from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from app.api.page_cursor import ForeignCursorError, read_cursor, write_cursor
from app.infrastructure.security.field_cipher import FieldCipher
from app.models.listing import ListQuery
from app.schemas.fields import MAX_ID

CIPHER = FieldCipher.from_settings([], SecretStr("a-secret-for-cursors-of-more-than-32-bytes"))
QUERY = ListQuery(filters={"location": "EU", "min_price": Decimal("1.50")}, sort_by="price")

KEYS = (
    st.integers(1, MAX_ID)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=255)
    | st.decimals("0.01", "9999999999.99", places=2)
    | st.datetimes(timezones=st.just(UTC))
)


def _cursor() -> str:
    return write_cursor(CIPHER, QUERY, (Decimal("12.50"), 7), page=3)


@given(key=KEYS, identity=st.integers(1, MAX_ID), page=st.integers(1, 10**9))
def test_a_position_survives_its_cursor(key: object, identity: int, page: int) -> None:
    read = read_cursor(CIPHER, QUERY, write_cursor(CIPHER, QUERY, (key, identity), page=page))

    assert read.position == (key, identity)
    assert type(read.position[0]) is type(key)
    assert read.page == page


def test_a_time_keeps_its_microseconds_and_its_zone() -> None:
    time = datetime(2026, 3, 1, 12, 0, 0, 1, UTC)

    key, _ = read_cursor(CIPHER, QUERY, write_cursor(CIPHER, QUERY, (time, 1), page=1)).position

    assert isinstance(key, datetime)
    assert (key, key.utcoffset()) == (time, timedelta())


def test_a_cursor_fits_into_a_url_and_its_limit() -> None:
    cursor = write_cursor(CIPHER, QUERY, ("🖥" * 255, MAX_ID), page=10**9)

    assert set(cursor) <= set(ascii_letters + digits + "-_")
    assert len(cursor) <= 4096


def test_a_cursor_shows_nothing_of_what_it_holds() -> None:
    cursor = write_cursor(CIPHER, QUERY, ("Secret name", 7), page=1)

    assert "Secret" not in cursor
    assert cursor != write_cursor(CIPHER, QUERY, ("Secret name", 7), page=1)


@settings(max_examples=300)
@given(place=st.integers(0), mangled=st.characters())
def test_a_cursor_mangled_anywhere_is_refused(place: int, mangled: str) -> None:
    cursor = _cursor()
    place %= len(cursor)
    if cursor[place] == mangled:
        return

    with pytest.raises(ForeignCursorError):
        read_cursor(CIPHER, QUERY, cursor[:place] + mangled + cursor[place + 1 :])


@given(st.text(max_size=120))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ForeignCursorError):
        read_cursor(CIPHER, QUERY, text)


@pytest.mark.parametrize("change", ["truncated", "padded", "spaced", "doubled", "lengthened"])
def test_another_spelling_of_a_cursor_is_refused(change: str) -> None:
    cursor = _cursor()
    spelling = {
        "truncated": cursor[:-1],
        "padded": f"{cursor}=",
        "spaced": f"{cursor} ",
        "doubled": cursor + cursor,
        "lengthened": f"{cursor}A",
    }[change]

    with pytest.raises(ForeignCursorError):
        read_cursor(CIPHER, QUERY, spelling)


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
        read_cursor(CIPHER, other, _cursor())


def test_the_size_of_a_page_may_change_on_the_way() -> None:
    assert read_cursor(CIPHER, replace(QUERY, limit=7, exact_total=True), _cursor()).page == 3


def test_a_cursor_under_another_key_is_refused() -> None:
    stranger = FieldCipher.from_settings([], SecretStr("another-secret-of-more-than-32-bytes"))

    with pytest.raises(ForeignCursorError):
        read_cursor(stranger, QUERY, _cursor())


def test_something_else_under_our_key_is_refused() -> None:
    for plain in (b"", b"{}", b"[]", b'["a",1,"int","1"]', b"\xff", b'["a","1","int","1",1]'):
        with pytest.raises(ForeignCursorError):
            read_cursor(CIPHER, QUERY, CIPHER.encrypt(plain))
