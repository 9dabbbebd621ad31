"""A connection that a real server refuses is described in one line with its cause."""

import asyncpg
import pytest

from app.config.database_url import parse_database_url
from app.exceptions.shared.database_exceptions import DatabaseUnavailableError
from app.infrastructure.database.error_descriptions import describe_database_error


async def refusal_of(url: str) -> str:
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - the types have no common base
        await asyncpg.connect(**parse_database_url(url).arguments)
    error = DatabaseUnavailableError()
    error.__cause__ = refusal.value
    return str(describe_database_error(error))


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("sslmode=require", "the server has no TLS, which sslmode requires"),
        ("sslrootcert=system", "the server has no TLS, which sslmode requires"),
        ("options=garbage", "invalid command-line argument for server process: garbage"),
        ("options=-c%20nothing%3D1", 'unrecognized configuration parameter "nothing"'),
        ("target_session_attrs=standby", "no host has what target_session_attrs requires"),
    ],
)
async def test_a_parameter_that_the_server_does_not_fulfil_is_named(
    database_url: str, parameter: str, reason: str
) -> None:
    said = await refusal_of(f"{database_url}?{parameter}")

    assert said.startswith(f"The database is not available: {reason}")
    assert "\n" not in said


async def test_a_value_that_another_session_has_stored_is_no_defect(database_url: str) -> None:
    connection = await asyncpg.connect(**parse_database_url(database_url).arguments)
    try:
        await connection.execute("CREATE TEMPORARY TABLE taken (code text UNIQUE)")
        insert = "INSERT INTO taken VALUES ('A')"
        await connection.execute(insert)
        with pytest.raises(asyncpg.UniqueViolationError) as violation:
            await connection.execute(insert)
    finally:
        await connection.close()

    said = str(describe_database_error(violation.value))
    assert said.startswith("Another session stored equal values at the same time: ")
    assert said.endswith("; try again")
