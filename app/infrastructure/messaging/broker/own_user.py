"""RabbitMQ user of this service, as the validated sender of its messages."""

from aio_pika import Message
from aio_pika.abc import AbstractConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import ChannelClosed
from yarl import URL

from app.config.url_rules import split_hosts


class OwnUser:
    """The login in the URL, which is not the user's name with OAuth or a client certificate."""

    def __init__(self, url: str) -> None:
        parsed: URL = make_url(split_hosts(url)[0])
        self.name = parsed.user or "guest"
        self._connection: AbstractConnection | None = None
        self._confirmed: str | None = None

    async def confirm(self, connection: AbstractConnection) -> str | None:
        """Return the name if the broker accepts it as `user_id`; it refuses any other user's."""
        if connection is not self._connection:
            self._confirmed = self.name if await self._is_accepted(connection) else None
            self._connection = connection
        return self._confirmed

    async def _is_accepted(self, connection: AbstractConnection) -> bool:
        # The broker checks the user before it drops a message to no queue.
        channel = await connection.channel(publisher_confirms=True)
        probe = Message(b"", user_id=self.name)
        try:
            await channel.default_exchange.publish(probe, routing_key="", mandatory=False)
        except ChannelClosed:
            return False
        await channel.close()
        return True
