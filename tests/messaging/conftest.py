from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from app.infrastructure.messaging.outbox_leases import Retrying
from app.utils.queue_names import queue_of
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.messaging.sending import QUICK_RETRYING, Sender, sending


class OpenSender(Protocol):
    def __call__(
        self, *, retrying: Retrying = QUICK_RETRYING
    ) -> AbstractAsyncContextManager[Sender]: ...


@pytest.fixture
def address() -> str:
    """The URL of a service that no other test sends to: all share one broker."""
    return f"http://orders-{uuid4().hex[:12]}:8002/api/v1/orders"


@pytest.fixture
def queue(address: str) -> str:
    return queue_of(address)


@pytest.fixture
async def proxy(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=rabbitmq.port) as running:
        yield running


@pytest.fixture
def broker_url(rabbitmq: PrivateRabbitMQ, proxy: FaultProxy) -> str:
    """The broker, through the proxy."""
    return rabbitmq.url.replace(f":{rabbitmq.port}/", f":{proxy.port}/")


@pytest.fixture
def open_sender(database_url: str, broker_url: str, tmp_path: Path) -> OpenSender:
    def opened(*, retrying: Retrying = QUICK_RETRYING) -> AbstractAsyncContextManager[Sender]:
        return sending(database_url, broker_url, tmp_path, retrying=retrying)

    return opened


@pytest.fixture
async def sender(open_sender: OpenSender) -> AsyncIterator[Sender]:
    async with open_sender() as opened:
        yield opened
