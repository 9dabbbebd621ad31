"""The commands `python -m app outbox`, `dead-queue`, `relay` and `consume`."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from uuid import UUID, uuid4

import asyncpg
import click
import pytest

from app.config.settings import Settings, SettingsError
from devtools.rabbitmq import PrivateRabbitMQ
from tests.commands.conftest import Run, list_messages
from tests.support.other_service import OtherService
from tests.support.server import ROOT


def insert_message(database_url: str, *, dead: bool) -> str:
    """Insert a message and return its ID."""
    identifier = str(uuid4())

    async def put() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            """
            INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body,
                                created_at, dead_at, last_error, attempts)
            VALUES ($1, 'queue_orders', 8, 'me', 'http://orders', '{}', '{}', now(),
                    CASE WHEN $2 THEN now() END, 'unroutable', 10)
            """,
            UUID(identifier),
            dead,
        )
        await connection.close()

    asyncio.run(put())
    return identifier


def test_an_empty_outbox_is_reported(run: Run) -> None:
    assert run("outbox", "list") == (0, "No pending messages.\n")
    assert list_messages(run, "outbox", "list") == []


def test_dead_messages_are_shown_with_their_error(run: Run, database_url: str) -> None:
    insert_message(database_url, dead=False)
    dead = insert_message(database_url, dead=True)

    (row,) = list_messages(run, "outbox", "list", "--state", "dead")
    status, table = run("outbox", "list", "--state", "dead")

    assert (row["id"], row["last_error"], row["attempts"]) == (dead, "unroutable", 10)
    assert status == 0
    assert all(text in table for text in (dead, "unroutable", "http://orders"))


def test_a_dead_message_is_redriven(run: Run, database_url: str) -> None:
    identifier = insert_message(database_url, dead=True)
    other = insert_message(database_url, dead=True)

    assert run("outbox", "redrive", identifier) == (0, "1 redriven\n")

    assert [row["id"] for row in list_messages(run, "outbox", "list")] == [identifier]
    assert [row["id"] for row in list_messages(run, "outbox", "list", "--state", "dead")] == [other]


def test_purge_deletes_dead_messages_only(run: Run, database_url: str) -> None:
    insert_message(database_url, dead=True)
    insert_message(database_url, dead=True)
    waiting = insert_message(database_url, dead=False)

    status, output = run("outbox", "purge", "--all", "--yes", "--json")

    assert (status, json.loads(output)) == (0, {"purged": 2})
    assert [row["id"] for row in list_messages(run, "outbox", "list")] == [waiting]


def test_purging_all_needs_consent(run: Run, database_url: str) -> None:
    insert_message(database_url, dead=True)

    assert run("outbox", "purge", "--all") == (
        1,
        "This would delete 1 dead messages of the outbox. Repeat it with --yes.\n",
    )
    assert len(list_messages(run, "outbox", "list", "--state", "dead")) == 1


@pytest.mark.parametrize(("answer", "left"), [(b"n\n", 1), (b"\n", 1), (b"y\n", 0)])
def test_a_terminal_is_asked_for_consent(
    run: Run, environment: dict[str, str], database_url: str, answer: bytes, left: int
) -> None:
    insert_message(database_url, dead=True)
    terminal, slave = pty.openpty()
    with os.fdopen(terminal, "r+b", buffering=0) as user, os.fdopen(slave) as stdin:
        user.write(answer)
        done = subprocess.run(
            [sys.executable, "-m", "app", "outbox", "purge", "--all"],
            cwd=ROOT,
            env=environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    assert "This will delete 1 dead messages of the outbox. Continue? [y/N]" in done.stderr
    assert done.returncode == left
    assert len(list_messages(run, "outbox", "list", "--state", "dead")) == left


@pytest.mark.parametrize("command", ["redrive", "purge"])
def test_an_unknown_message_id_is_named(run: Run, database_url: str, command: str) -> None:
    waiting = insert_message(database_url, dead=False)

    status, output = run("outbox", command, waiting)

    assert status == 1
    assert "IDs that match no dead message: 1" in output


@pytest.mark.parametrize("queue", ["outbox", "dead-queue"])
@pytest.mark.parametrize(
    "arguments", [("redrive",), ("purge",), ("redrive", "--all", str(uuid4()))]
)
def test_ids_and_all_exclude_each_other(run: Run, queue: str, arguments: tuple[str, ...]) -> None:
    status, output = run(queue, *arguments)

    assert status == 2
    assert "pass the IDs of dead messages, or --all" in click.unstyle(output)


def fill_dead_queue(sender_url: str, service_name: str, *bodies: bytes) -> list[str]:
    """Put messages into the dead queue and return their IDs."""

    async def put() -> list[str]:
        async with OtherService.connected(sender_url, service_name) as other_service:
            return [
                await other_service.send_to_dead_queue(body, error="ValueError: no")
                for body in bodies
            ]

    return asyncio.run(put())


def test_the_dead_queue_is_listed_redriven_and_purged(
    run: Run, rabbitmq: PrivateRabbitMQ, consumer_settings: Settings
) -> None:
    name = consumer_settings.service_name
    readable = b'{"id": "1", "from_service": "orders", "payload": {"event": "order.paid"}}'
    first, second, third = fill_dead_queue(rabbitmq.url, name, readable, b"no JSON", readable)

    rows = list_messages(run, "dead-queue", "list")
    some = list_messages(run, "dead-queue", "list", "--limit", "1")
    redriven = run("dead-queue", "redrive", first)
    purged = run("dead-queue", "purge", second)

    assert [row["id"] for row in rows] == [first, second, third]
    assert [row["event"] for row in rows] == ["order.paid", None, "order.paid"]
    assert {(row["tries"], row["error"]) for row in rows} == {(6, "ValueError: no")}
    assert [row["id"] for row in some] == [first]
    assert (redriven, purged) == ((0, "1 redriven\n"), (0, "1 purged\n"))
    assert [row["id"] for row in list_messages(run, "dead-queue", "list")] == [third]
    assert run("dead-queue", "redrive", "--all") == (0, "1 redriven\n")
    assert asyncio.run(_count_ready(rabbitmq.url, name)) == 2


async def _count_ready(url: str, service_name: str) -> int:
    async with OtherService.connected(url, service_name) as other_service:
        return await other_service.count_ready()


@pytest.mark.parametrize("command", [("relay",), ("consume",), ("dead-queue", "list")])
def test_a_missing_broker_setting_is_named(run: Run, command: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="RABBITMQ_URL: is required"):
        run(*command, RABBITMQ_URL=None)
