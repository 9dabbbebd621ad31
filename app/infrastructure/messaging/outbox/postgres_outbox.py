from collections.abc import Callable, Iterable
from functools import partial

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.utils.json_text import to_json

COPY_TIMEOUT_SECONDS = 120

COLUMNS = (
    "id",
    "queue",
    "priority",
    "from_service",
    "to_service",
    "headers",
    "body",
    "created_at",
)
INSERT = f"""
    INSERT INTO outbox ({", ".join(COLUMNS)})
    SELECT $1::uuid, $2, $3::smallint, $4, $5, $6::jsonb, $7::bytea, $8::timestamptz
"""


class PostgresOutbox:
    """Inserts messages into `outbox`; calls `wake` after they are committed."""

    def __init__(self, *, database: PostgresDatabase, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def add(self, *messages: OutgoingMessage) -> bool:
        await self._database.run(partial(self._insert, messages))
        return True

    async def add_all(self, messages: Iterable[OutgoingMessage]) -> bool:
        await self._database.run(partial(self._copy, messages))
        return True

    async def _copy(self, messages: Iterable[OutgoingMessage]) -> None:
        await self._database.use_connection(
            lambda connection: connection.copy_records_to_table(
                "outbox",
                records=map(_row, messages),
                columns=COLUMNS,
                timeout=COPY_TIMEOUT_SECONDS,
            )
        )
        self._database.after_commit(self._wake)

    async def _insert(self, messages: tuple[OutgoingMessage, ...]) -> None:
        await self._database.insert_along(INSERT, map(_row, messages))
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
