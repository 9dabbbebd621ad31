from collections.abc import Callable
from functools import partial

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.message import OutgoingMessage
from app.utils.json_text import to_json

INSERT = """
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class PostgresOutbox:
    """Rows of `outbox`; `wake` is called once they are committed."""

    def __init__(self, *, database: PostgresDatabase, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def add(self, *messages: OutgoingMessage) -> bool:
        await self._database.run(partial(self._insert, messages))
        return True

    async def _insert(self, messages: tuple[OutgoingMessage, ...]) -> None:
        rows = list(map(_row, messages))
        # One round trip for all, and for one message cheaper than arrays to unnest.
        await self._database.use(lambda connection: connection.executemany(INSERT, rows))
        self._database.after_commit(self._wake)


def _row(message: OutgoingMessage) -> tuple[object, ...]:
    return (
        message.id,
        message.queue,
        message.priority,
        message.from_service,
        message.to_service,
        to_json(message.headers).decode(),
        message.body,
        message.created_at,
    )
