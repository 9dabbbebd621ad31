import redis.asyncio

from app.infrastructure.redis.redis_link import TIMING, RedisLink
from tests.support.recording_metrics import RecordingMetrics


async def test_a_failed_probe_is_counted_by_its_error() -> None:
    metrics = RecordingMetrics()
    async with redis.asyncio.Redis.from_url("redis://127.0.0.1:1") as client:
        await RedisLink(client, prefix="me", timing=TIMING, metrics=metrics).probe()

    assert metrics.counts == {("redis_failures_total", "ConnectionError"): 1}
