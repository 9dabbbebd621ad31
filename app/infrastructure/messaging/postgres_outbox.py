from collections.abc import Callable
from functools import partial

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.message import OutgoingMessage
from app.utils.json_text import to_json


class PostgresOutbox:
    """Rows of `outbox`; `wake` is called once they are committed."""

    def __init__(self, *, database: PostgresDatabase, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def add(self, *messages: OutgoingMessage) -> bool:
        await self._database.run(partial(self._insert, messages))
        return True

    async def _insert(self, messages: tuple[OutgoingMessage, ...]) -> None:
        await self._database.execute(
            """
            INSERT INTO outbox
                (id, queue, priority, from_service, to_service, headers, body, created_at)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::text[],
                                 $6::jsonb[], $7::bytea[], $8::timestamptz[])
            """,
            [message.id for message in messages],
            [message.queue for message in messages],
            [message.priority for message in messages],
            [message.from_service for message in messages],
            [message.to_service for message in messages],
            [to_json(message.headers).decode() for message in messages],
            [message.body for message in messages],
            [message.created_at for message in messages],
        )
        self._database.after_commit(self._wake)
