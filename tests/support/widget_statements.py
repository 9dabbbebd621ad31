"""Statements about widgets without their repository, and what they have stored."""

from tests.support.database import fetch_rows

COLUMNS = "id, name, version"
UPDATE = "UPDATE widgets SET name = $2, version = version + 1 WHERE id = $1"
INSERT = "INSERT INTO inbox (receiver, message_id) SELECT $1, $2"


async def names(database_url: str) -> list[str]:
    return [row["name"] for row in await fetch_rows(database_url, "widgets")]


async def messages(database_url: str) -> list[str]:
    return [row["message_id"] for row in await fetch_rows(database_url, "inbox")]
