"""Random properties, headers and bodies stop nothing."""

import random

import pytest

from devtools.rabbitmq import PrivateRabbitMQ
from tests.infrastructure.messaging.conftest import LinesWith, require_one_connection
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.other_service import OtherService
from tests.support.random_messages import random_body, random_properties
from tests.support.raw_amqp import is_stored
from tests.support.waiting import eventually

DELAYS = (0.05,)
SECONDS = 120


@pytest.mark.parametrize("seed", range(2))
async def test_random_messages_stop_nothing(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    lines: LinesWith,
    seed: int,
) -> None:
    source = random.Random(seed)  # noqa: S311 - repeatable, not secret
    await other_service.declare()
    honest = [f"honest {number}" for number in range(20)]
    stored = 0

    async with open_consumer(delays=DELAYS) as consumer:
        for name in honest:
            for _ in range(10):
                body, values = random_body(source), random_properties(source)
                stored += await is_stored(rabbitmq.url, other_service.queue, body, values)
            await other_service.send({"name": name})
        await eventually(
            lambda: {*honest} <= {message.payload.get("name") for message in consumer.seen},
            seconds=SECONDS,
        )

    assert stored > 100
    require_one_connection(lines)
