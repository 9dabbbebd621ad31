"""Administration of the queues of this service: the dead-letter queue, and the head of any."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from app.infrastructure.messaging.broker.headers import REDRIVEN
from app.infrastructure.messaging.broker.missing_rights import (
    WRITE,
    declare_or_find,
    name_missing_right,
)
from app.infrastructure.messaging.broker.own_user import OwnUser
from app.infrastructure.messaging.broker.property_decoding import RAW_TIMESTAMP
from app.infrastructure.messaging.broker.queues import ReceiverQueues
from app.infrastructure.messaging.consumer.incoming_message import (
    IncomingMessage,
    UnacceptableMessageError,
)
from app.infrastructure.messaging.consumer.message_copy import (
    ERROR,
    TRIES,
    copy_message,
)
from app.utils.printable_text import printable

if TYPE_CHECKING:
    from pamqp.common import FieldTable

Process = Callable[[AbstractIncomingMessage], Awaitable[None]]

BODY_CHARACTERS = 80
_TEXT_CHARACTERS = 255
_NUMBER_CHARACTERS = 20


class UnknownQueueError(Exception):
    """The service has no such queue; the message names those it has."""


@dataclass(frozen=True, kw_only=True)
class DeadMessage:
    """Description of a message in printable text; `event` is None if the message is not valid.

    `tries` and `sent_at` are text if the sender has put something else there.
    """

    id: str
    from_service: str
    event: str | None
    sent_at: datetime | str | None
    tries: int | str
    error: str
    body: str


class DeadQueue:
    """Dead-letter queue, accessed over one channel.

    Messages that are read but not acknowledged return to the queue, in order, when the channel
    closes.
    """

    def __init__(
        self,
        *,
        connection: AbstractConnection,
        channel: AbstractChannel,
        queues: ReceiverQueues,
        own_user: OwnUser,
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._queues = queues
        self._own_user = own_user

    async def list(self, *, limit: int) -> list[DeadMessage]:
        """List the oldest messages first."""
        return [_describe(delivery) async for delivery in self._deliveries(limit)]

    async def count(self) -> int:
        return _count_ready(await self._declare(self._queues.dead, self._queues.dead_arguments))

    async def redrive(self, ids: Collection[str] | None) -> int:
        """Return messages to the main queue, with their tries reset: those of `ids`, or all."""
        await self._declare(self._queues.main, self._queues.main_arguments)
        return await self._process(ids, self._resend)

    async def purge(self, ids: Collection[str] | None, *, limit: int | None = None) -> int:
        """Delete messages: those of `ids`, or all, or the `limit` oldest ones."""
        return await self._process(ids, _do_nothing, limit)

    async def head(self, queue: str) -> DeadMessage | None:
        """Return the next message of a queue of this service; raises UnknownQueueError."""
        delivery = await self._get(queue)
        return None if delivery is None else _describe(delivery)

    async def drop_head(self, queue: str, identifier: str) -> bool:
        """Delete the next message of a queue, if it is still the one with this ID."""
        delivery = await self._get(queue)
        if delivery is None or _shown_id(delivery) != identifier:
            return False
        await delivery.ack()
        return True

    async def _get(self, short_name: str) -> AbstractIncomingMessage | None:
        """Return None if the queue is empty or does not exist."""
        names = self._queues.by_short_name
        if (name := names.get(short_name)) is None:
            raise UnknownQueueError(f"must be one of {', '.join(names)}")
        try:
            queue = await self._channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:
            return None
        with name_missing_right(f"to read {name}"):
            return await queue.get(fail=False)

    async def _process(
        self, ids: Collection[str] | None, process: Process, limit: int | None = None
    ) -> int:
        count = 0
        async for delivery in self._deliveries(limit):
            if ids is None or _shown_id(delivery) in ids:
                await process(delivery)
                await delivery.ack()
                count += 1
        return count

    async def _resend(self, delivery: AbstractIncomingMessage) -> None:
        user = await self._own_user.confirm(self._connection)
        with name_missing_right(WRITE):
            await self._channel.default_exchange.publish(
                copy_message(delivery, own_user=user, **{REDRIVEN: 1}),
                routing_key=self._queues.main,
                mandatory=True,
            )

    async def _deliveries(self, limit: int | None = None) -> AsyncIterator[AbstractIncomingMessage]:
        queue = await self._declare(self._queues.dead, self._queues.dead_arguments)
        count = _count_ready(queue)
        with name_missing_right(f"to read {self._queues.dead}"):
            for _ in range(count if limit is None else min(count, limit)):
                if (delivery := await queue.get(fail=False)) is None:
                    return
                yield delivery

    async def _declare(self, name: str, arguments: "FieldTable") -> AbstractQueue:
        """Declare a queue, or find it without the right to, and count its messages."""
        await declare_or_find(self._connection, name, arguments)
        return await self._channel.declare_queue(name, passive=True)


async def _do_nothing(_: AbstractIncomingMessage) -> None:
    """Do nothing: the acknowledgement deletes the message."""


def _count_ready(queue: AbstractQueue) -> int:
    return queue.declaration_result.message_count or 0


def _shown_id(delivery: AbstractIncomingMessage) -> str:
    return printable(delivery.message_id or "", limit=_TEXT_CHARACTERS)


def _describe(delivery: AbstractIncomingMessage) -> DeadMessage:
    headers = delivery.headers
    tries = headers.get(TRIES, 0)
    sent_at = delivery.timestamp or headers.get(RAW_TIMESTAMP)
    return DeadMessage(
        id=_shown_id(delivery),
        from_service=printable(delivery.app_id or "", limit=_TEXT_CHARACTERS),
        event=_event(delivery),
        sent_at=sent_at if isinstance(sent_at, datetime) or sent_at is None else _shown(sent_at),
        tries=tries if type(tries) is int else _shown(tries),
        error=printable(str(headers.get(ERROR, ""))),
        body=printable(
            delivery.body[: 4 * BODY_CHARACTERS].decode(errors="backslashreplace"),
            limit=BODY_CHARACTERS,
        ),
    )


def _event(delivery: AbstractIncomingMessage) -> str | None:
    try:
        event = IncomingMessage.parse(delivery).event
    except UnacceptableMessageError:
        return None
    return event and printable(event)


def _shown(value: object) -> str:
    return printable(str(value), limit=_NUMBER_CHARACTERS)
