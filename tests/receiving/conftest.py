"""A service that receives, in this process, and somebody who sends to it past all our code."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging.message_broker import ConsumerTiming
from app.infrastructure.resources import Resources, open_resources
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.receiving.receiver import Receiver
from tests.receiving.sender import Sender
from tests.setup import make_settings

OpenReceiver: TypeAlias = Callable[..., AbstractAsyncContextManager[Receiver]]


@pytest.fixture
def receiving_settings(
    database_url: str,
    auth_service: PrivateAuthService,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
) -> Settings:
    """Each test has a service of its own name, and so its own queues."""
    return make_settings(
        database_url,
        auth_service.url,
        tmp_path,
        service_name=f"service-{tmp_path.name.replace('_', '-')}",
        rabbitmq_url=rabbitmq.url,
        event_subscribers=["http://follower"],
    )


@pytest.fixture
async def sender(receiving_settings: Settings, rabbitmq: PrivateRabbitMQ) -> AsyncIterator[Sender]:
    async with Sender.connected(rabbitmq.url, receiving_settings.service_name) as connected:
        yield connected


@pytest.fixture
async def resources(receiving_settings: Settings) -> AsyncIterator[Resources]:
    async with open_resources(receiving_settings) as opened:
        yield opened


@pytest.fixture
def receiver_with(resources: Resources, rabbitmq: PrivateRabbitMQ) -> OpenReceiver:
    """Consume with a callback of the test's own; `url` may lead through a proxy."""

    @asynccontextmanager
    async def opened(
        *, prefetch: int = 4, url: str = rabbitmq.url, **timing: Any
    ) -> AsyncIterator[Receiver]:
        receiver = Receiver(resources, url, ConsumerTiming(**timing))
        async with receiver.consuming(prefetch):
            yield receiver

    return opened
