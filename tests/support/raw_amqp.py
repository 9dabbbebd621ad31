"""Publish messages with any bytes as properties, which client libraries would not send."""

import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError
from pamqp.commands import Basic

FLAGS = Basic.Properties.flags


def short(value: bytes) -> bytes:
    """Encode a short string."""
    return bytes([len(value)]) + value


def long(value: bytes) -> bytes:
    """Encode a long string, or the content of a table or an array."""
    return struct.pack(">I", len(value)) + value


def table(*entries: tuple[bytes, bytes]) -> bytes:
    """Encode headers from names and encoded values."""
    return long(b"".join(short(name) + value for name, value in entries))


class RawProperties(Basic.Properties):
    """Properties whose encoded values are given."""

    def __init__(self, values: Mapping[str, bytes]) -> None:
        # aiormq assigns an ID to a message that has none.
        super().__init__(message_id="unused")
        self._values = values

    def marshal(self) -> bytes:
        flags = sum(FLAGS[name] for name in self._values)
        known = [name for name in FLAGS if name in self._values]
        return struct.pack(">H", flags) + b"".join(self._values[name] for name in known)


class RawPublisher:
    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str) -> AsyncIterator[Self]:
        async with await aio_pika.connect(url) as connection:
            yield cls(connection)

    async def publish(self, queue: str, body: bytes, properties: Mapping[str, bytes]) -> None:
        """Return when the broker has stored the message; raises AMQPError if it refuses it."""
        channel = await self._connection.channel()
        try:
            underlay = await channel.get_underlay_channel()
            await underlay.basic_publish(
                body, routing_key=queue, properties=RawProperties(properties), mandatory=True
            )
        finally:
            await channel.close()


async def is_stored(url: str, queue: str, body: bytes, properties: Mapping[str, bytes]) -> bool:
    """Publish on a connection of its own, because the broker may close it."""
    try:
        async with RawPublisher.connected(url) as publisher:
            await publisher.publish(queue, body, properties)
    except (AMQPError, OSError, RuntimeError):
        return False
    return True
