"""Every accepted date and time is what PostgreSQL returns."""

from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.shared.fields import Date, DateTime

_DATES: TypeAdapter[date] = TypeAdapter(Date)
_TIMES: TypeAdapter[datetime] = TypeAdapter(DateTime)


@pytest.mark.parametrize(
    "spelling",
    [
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31t22:59:59.999999-01:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T01:00:00.000000+01:00",
    ],
)
def test_a_time_that_would_be_stored_as_infinity_is_refused(spelling: str) -> None:
    with pytest.raises(ValidationError, match="cannot be stored"):
        _TIMES.validate_python(spelling)


@pytest.mark.parametrize(
    ("type_name", "adapter", "spelling"),
    [
        *[("date", _DATES, day) for day in ("0001-01-01", "0001-01-02", "9999-12-31")],
        ("timestamptz", _TIMES, "0001-01-01T00:00:00.000001Z"),
        ("timestamptz", _TIMES, "9999-12-31T23:59:59.999998Z"),
        ("timestamptz", _TIMES, "9999-12-31T23:59:59Z"),
        ("timestamptz", _TIMES, "2024-02-29T23:59:59.999999+14:00"),
    ],
)
async def test_an_accepted_value_is_returned_as_it_was_stored(
    database_url: str, type_name: str, adapter: TypeAdapter[Any], spelling: str
) -> None:
    value = adapter.validate_python(spelling)
    connection = await asyncpg.connect(database_url)
    try:
        stored = await connection.fetchval(f"SELECT $1::{type_name}", value)
    finally:
        await connection.close()

    assert stored == value
    assert not isinstance(stored, datetime) or stored.utcoffset() == timedelta(0)
