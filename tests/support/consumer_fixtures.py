"""Fixtures for a consuming service in the test process, and another service that sends to it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming
from app.infrastructure.resources import Resources, open_resources
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_harness import ConsumerHarness
from tests.support.limited_user import LimitedUser
from tests.support.other_service import OtherService
from tests.support.settings_and_clients import make_settings

OpenConsumer: TypeAlias = Callable[..., AbstractAsyncContextManager[ConsumerHarness]]


@pytest.fixture
def consumer_settings(
    database_url: str,
    auth_service: PrivateAuthService,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
) -> Settings:
    """Settings with a service name, and so queues, for each test."""
    return make_settings(
        database_url,
        auth_service.url,
        tmp_path,
        service_name=f"service-{tmp_path.name.replace('_', '-')}",
        rabbitmq_url=rabbitmq.url,
        event_subscribers=["http://follower"],
    )


@pytest.fixture
async def other_service(
    consumer_settings: Settings, rabbitmq: PrivateRabbitMQ
) -> AsyncIterator[OtherService]:
    async with OtherService.connected(rabbitmq.url, consumer_settings.service_name) as connected:
        yield connected


@pytest.fixture
async def resources(consumer_settings: Settings) -> AsyncIterator[Resources]:
    async with open_resources(consumer_settings) as opened:
        yield opened


@pytest.fixture
def open_consumer(resources: Resources, rabbitmq: PrivateRabbitMQ) -> OpenConsumer:
    """Open a consumer. `url` may go through a proxy."""

    @asynccontextmanager
    async def opened(
        *,
        prefetch: int = 4,
        url: str = rabbitmq.url,
        declare_seconds: float = 20.0,
        **timing: Any,
    ) -> AsyncIterator[ConsumerHarness]:
        consumer = ConsumerHarness(
            resources, url, ConsumerTiming(**timing), declare_seconds=declare_seconds
        )
        async with consumer.consuming(prefetch):
            yield consumer

    return opened


@pytest.fixture
def limited(rabbitmq: PrivateRabbitMQ) -> Iterator[LimitedUser]:
    user = LimitedUser(rabbitmq)
    yield user
    user.delete()
