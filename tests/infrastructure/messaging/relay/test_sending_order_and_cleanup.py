"""Outbox rows are sent in order, counted by health and deleted after a day."""

from functools import partial

from app.infrastructure.messaging.outbox.outbox_monitor import OutboxMonitor
from app.infrastructure.metrics.null_metrics import NO_METRICS
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.outbox_sender import Sender, send
from tests.support.queue_reader import count_ready, read_body, receive
from tests.support.waiting import eventually

BACKLOG = """
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    SELECT gen_random_uuid(), $1, $2, 'catalog-service', 'http://x', '{}', '{}', now()
    FROM generate_series(1, $3::int)
"""
PUBLISHED_BY_BATCH = """
    SELECT priority, count(*) AS rows FROM outbox WHERE published_at IS NOT NULL
    GROUP BY published_at, priority ORDER BY published_at
"""


async def test_urgent_messages_are_sent_first_without_starving_others(
    sender: Sender, proxy: FaultProxy, queue: str
) -> None:
    proxy.refuse()
    proxy.reset()
    await eventually(partial(_is_disconnected, sender))
    for priority, rows in ((1, 500), (5, 500), (8, 500), (10, 5000)):
        await sender.database.execute(BACKLOG, queue, priority, rows)

    await proxy.accept()
    await eventually(sender.all_published, seconds=60)

    batches = [row["priority"] for row in await sender.database.fetch(PUBLISHED_BY_BATCH)]
    assert batches[:4].count(10) >= 3
    last_critical = max(place for place, priority in enumerate(batches) if priority == 10)
    assert {1, 5, 8} <= set(batches[:last_critical])
    assert batches[:last_critical].count(10) > 0.7 * last_critical


async def _is_disconnected(sender: Sender) -> bool:
    return sender.broker.connection is None


async def test_messages_of_one_urgency_are_sent_in_order(
    sender: Sender, rabbitmq: PrivateRabbitMQ, address: str, queue: str
) -> None:
    async def work() -> None:
        for number in range(20):
            await send(address, number)

    await sender.database.run(work)

    arrived = await receive(rabbitmq.url, queue, count=20)
    assert [read_body(each)["payload"]["number"] for each in arrived] == list(range(20))


async def test_messages_for_a_hundred_queues_all_arrive(
    sender: Sender, rabbitmq: PrivateRabbitMQ, address: str, queue: str
) -> None:
    async def work() -> None:
        for number in range(100):
            await send(f"{address}/{number}")

    await sender.database.run(work)
    await eventually(sender.all_published)

    assert await count_ready(rabbitmq.url, f"{queue}_0") == 1
    assert await count_ready(rabbitmq.url, f"{queue}_99") == 1


async def test_large_messages_are_claimed_a_few_at_a_time(sender: Sender, queue: str) -> None:
    await sender.database.execute(
        BACKLOG.replace("'{}', now()", "repeat('x', 1000000)::bytea, now()"), queue, 5, 30
    )

    await eventually(sender.all_published)

    batches = await sender.database.fetch(PUBLISHED_BY_BATCH)
    assert sum(batch["rows"] for batch in batches) == 30
    assert max(batch["rows"] for batch in batches) <= 9


async def test_only_published_rows_older_than_a_day_are_removed(sender: Sender, queue: str) -> None:
    await sender.database.execute(BACKLOG, queue, 5, 4)
    await eventually(sender.all_published)
    await sender.database.execute("""
        UPDATE outbox SET published_at = now() - interval '25 hours' WHERE position % 2 = 0
    """)

    assert await sender.admin.remove_published() == 2

    assert len(await sender.admin.list("published", limit=10)) == 2
    assert await sender.admin.remove_published() == 0


async def test_health_counts_pending_and_dead_messages(sender: Sender, queue: str) -> None:
    poison = await sender.insert(queue=queue, priority=300)
    await eventually(partial(sender.is_dead, poison))
    await sender.database.execute(
        BACKLOG.replace("created_at", "created_at, due_at").replace(
            "now()", "now() - interval '1 minute', now() + interval '1 hour'"
        ),
        queue,
        5,
        3,
    )
    watch = OutboxMonitor(database=sender.database, metrics=NO_METRICS)
    await watch.refresh()

    counts = watch.counts
    assert (counts.pending, counts.dead) == (3, 1)
    assert counts.oldest_seconds is not None
    assert 60 <= counts.oldest_seconds < 120
