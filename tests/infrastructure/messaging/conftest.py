import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pytest

from app.infrastructure.messaging.relay.outbox_leases import OutboxRetryPolicy
from app.utils.queue_names import queue_name_for_url
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.limited_user import PASSWORD
from tests.support.outbox_sender import QUICK_RETRIES, OpenSender, Sender, open_outbox_sender

LinesWith: TypeAlias = Callable[[str], list[str]]


@pytest.fixture
def address() -> str:
    """The URL of a service that no other test uses, since all tests share one broker."""
    return f"http://orders-{uuid4().hex[:12]}:8002/api/v1/orders"


@pytest.fixture
def queue(address: str) -> str:
    return queue_name_for_url(address)


@pytest.fixture
async def proxy(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=rabbitmq.port) as running:
        yield running


@pytest.fixture
def broker_url(rabbitmq: PrivateRabbitMQ, proxy: FaultProxy) -> str:
    """The broker, through the proxy."""
    return rabbitmq.url.replace(f":{rabbitmq.port}/", f":{proxy.port}/")


@pytest.fixture
def open_sender(
    database_url: str,
    broker_url: str,
    tmp_path: Path,
    long_wait: None,  # noqa: ARG001 - only to be in effect
) -> OpenSender:
    def opened(
        *, retry_policy: OutboxRetryPolicy = QUICK_RETRIES
    ) -> AbstractAsyncContextManager[Sender]:
        return open_outbox_sender(database_url, broker_url, tmp_path, retry_policy=retry_policy)

    return opened


@pytest.fixture
async def sender(open_sender: OpenSender) -> AsyncIterator[Sender]:
    async with open_sender() as opened:
        yield opened


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> LinesWith:
    caplog.set_level(logging.INFO, "app.infrastructure.messaging")

    def containing(text: str) -> list[str]:
        assert PASSWORD not in caplog.text
        return [line for line in caplog.messages if text in line]

    return containing


def require_one_connection(lines: LinesWith) -> None:
    """Neither connection was lost, and no delivery failed outside the handling."""
    assert len(lines("receiver: RabbitMQ")) == 1
    assert not lines("unavailable")
    assert not lines("repeated")
