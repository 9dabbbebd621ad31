"""Stored audit entries: a few as the service writes them, or many that are skewed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.infrastructure.database.pool import Connection

START = datetime(2026, 1, 1, tzinfo=UTC)

# One entry a second. 9 of 10 are by one user, those of the rare one are the oldest, one in a
# hundred is about one hot record; a tenth of all was written by one import, which began an hour
# before its first entry.
INSERT_SKEWED = """
    INSERT INTO audit_log (occurred_at, request_id, user_id, role, action, resource, changes)
    SELECT CASE WHEN is_import THEN start + (0.5 * size - 3600) * interval '1 second'
                ELSE start + i * interval '1 second' END,
           CASE WHEN is_import THEN 'import' WHEN i % 50 <> 0 THEN 'request-' || i / 3 END,
           CASE WHEN i <= 40 THEN 'rare' WHEN i % 10 = 0 THEN 'other' ELSE 'often' END, 'admin',
           CASE WHEN i <= 40 THEN 'DELETE_WIDGET' ELSE 'UPDATE_WIDGET' END,
           CASE WHEN i <= 40 THEN 'gadgets/' || i WHEN i % 100 = 3 THEN 'widgets/1'
                ELSE 'widgets/' || i * 7919 % 10007 END,
           '{"price": {"old": 1.10, "new": 1.20}}'
    FROM (SELECT i, size, start, i BETWEEN 0.5 * size AND 0.6 * size AS is_import
          FROM generate_series(1::bigint, $1::bigint) AS i,
               (VALUES ($1::bigint, $2::timestamptz)) AS given (size, start)) AS numbered"""

Filters = dict[str, Any]

ALL: list[Filters] = [{}]
USERS = [*ALL, {"user_id": "often"}, {"user_id": "rare"}]
RESOURCES = [*ALL, {"resource": "widgets/1"}, {"resource": "widgets"}, {"resource": "gadgets"}]
ACTIONS = [*ALL, {"action": "DELETE_WIDGET"}]
REQUESTS = [*ALL, {"request_id": "import"}, {"request_id": "request-77"}, {"request_id": "none"}]


def all_filters(size: int) -> list[Filters]:
    """Return every combination, with open, narrow and empty ranges of time."""
    hour = START + timedelta(seconds=size // 2 - 3600)
    times = [
        *ALL,
        {"since": START + timedelta(seconds=size // 2)},
        {"until": START + timedelta(seconds=60)},
        {"since": hour, "until": hour + timedelta(seconds=1)},
    ]
    return [
        {**user, **resource, **action, **request, **time}
        for user in USERS
        for resource in RESOURCES
        for action in ACTIONS
        for request in REQUESTS
        for time in times
    ]


async def insert_skewed(connection: Connection, size: int) -> None:
    await connection.execute(INSERT_SKEWED, size, START)
    await connection.execute("VACUUM ANALYZE audit_log")
