from dataclasses import replace
from functools import partial
from pathlib import Path

from app.infrastructure.database.opening import open_database
from app.infrastructure.messaging.broker.broker_connection import BrokerConnection
from app.infrastructure.messaging.opening import open_relay
from app.infrastructure.messaging.outbox.outbox_monitor import OutboxMonitor
from tests.support.outbox_sender import QUICK_BROKER, QUICK_RELAY, QUICK_RETRIES, Sender
from tests.support.recording_metrics import RecordingMetrics
from tests.support.settings_and_clients import make_settings
from tests.support.waiting import eventually


async def test_relayed_messages_are_counted_by_outcome(
    database_url: str, broker_url: str, queue: str, tmp_path: Path
) -> None:
    metrics = RecordingMetrics()
    broker = BrokerConnection(broker_url, name="test", timing=QUICK_BROKER)
    policy = replace(QUICK_RETRIES, attempts=1)
    async with (
        open_database(make_settings(database_url, "http://unused", tmp_path)) as database,
        open_relay(
            broker, database, retry_policy=policy, timing=QUICK_RELAY, metrics=metrics
        ) as relay,
    ):
        sender = Sender(database=database, broker=broker, relay=relay)
        good = await sender.insert(queue=queue)
        await eventually(partial(sender.is_published, good))
        poison = await sender.insert(queue=queue, priority=300)
        await eventually(partial(sender.is_dead, poison))
        await OutboxMonitor(database=database, metrics=metrics).refresh()

    assert metrics.counts == {
        ("relayed_messages_total", "published"): 1,
        ("relayed_messages_total", "refused"): 1,
        ("relayed_messages_total", "dead"): 1,
    }
    assert metrics.gauges == {
        ("outbox_messages", "pending"): 0,
        ("outbox_messages", "dead"): 1,
        ("outbox_oldest_pending_age_seconds",): 0,
    }
