"""Rights that RabbitMQ denies to the user of RABBITMQ_URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from aiormq.exceptions import ChannelAccessRefused

if TYPE_CHECKING:
    from pamqp.common import FieldTable

WRITE = "to write to the default exchange (amq.default)"


class MissingRightError(AMQPError):
    """The message names the right."""

    def __init__(self, right: str) -> None:
        super().__init__(f"the RabbitMQ user has no right {right}")

    @property
    def text(self) -> str:
        # The string of an AMQPError is not its message.
        return str(self.args[0])


@contextmanager
def name_missing_right(right: str) -> Iterator[None]:
    """Raise MissingRightError when the broker refuses access."""
    try:
        yield
    except ChannelAccessRefused as error:
        raise MissingRightError(right) from error


async def declare_or_find(
    connection: AbstractConnection, queue: str, arguments: "FieldTable"
) -> None:
    """Declare a queue on a channel of its own; without the right to, require that it exists.

    Raises MissingRightError, or ChannelClosed for a queue with other arguments.
    """
    try:
        channel = await connection.channel()
        await channel.declare_queue(queue, durable=True, arguments=arguments)
        await channel.close()
    except ChannelAccessRefused as error:
        await require_queue(connection, queue, error)


async def require_queue(
    connection: AbstractConnection, queue: str, refusal: ChannelAccessRefused
) -> None:
    """Raise MissingRightError, or the refusal of its declaration, if the queue does not exist."""
    channel = await connection.channel()
    try:
        await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity as error:
        # The broker also refuses reserved names.
        if "access to" not in str(refusal):
            raise refusal from None
        # A queue with a dead-letter exchange also requires the right to write to that.
        right = WRITE if "exchange" in str(refusal) else f"to configure {queue}"
        raise MissingRightError(f"{right}; {queue} does not exist") from error
    await channel.close()
