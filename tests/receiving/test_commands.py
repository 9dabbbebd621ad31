"""`python -m app outbox`, `dead-queue`, `relay` and `consume`, as an operator types them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import click
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.config.settings import Settings, SettingsError
from app.infrastructure.messaging.broker import BrokerUnavailableError
from devtools.ports import free_port
from devtools.rabbitmq import PrivateRabbitMQ
from tests.receiving.sender import Sender
from tests.server import ROOT

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def environment(receiving_settings: Settings) -> dict[str, str]:
    named = receiving_settings.model_dump(
        include={"database_url", "rabbitmq_url", "jwt_secret_key", "auth_service_url"}
    )
    secrets = {name.upper(): value.get_secret_value() for name, value in named.items()}
    return {**secrets, "SERVICE_NAME": receiving_settings.service_name, "LOG_LEVEL": "CRITICAL"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def ran(*arguments: str, **overrides: str | None) -> tuple[int, str]:
        result = CliRunner(env=environment | overrides).invoke(cli, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return ran


def put_into_outbox(database_url: str, *, dead: bool) -> str:
    """Return the id of a new row."""
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


def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    status, output = run(*arguments, "--json")
    assert status == 0
    rows: list[dict[str, Any]] = json.loads(output)
    return rows


def test_an_empty_outbox_says_so(run: Run) -> None:
    assert run("outbox", "list") == (0, "No message is pending.\n")
    assert listed(run, "outbox", "list") == []


def test_dead_messages_are_shown_with_their_error(run: Run, database_url: str) -> None:
    put_into_outbox(database_url, dead=False)
    dead = put_into_outbox(database_url, dead=True)

    (row,) = listed(run, "outbox", "list", "--state", "dead")
    status, table = run("outbox", "list", "--state", "dead")

    assert (row["id"], row["last_error"], row["attempts"]) == (dead, "unroutable", 10)
    assert status == 0
    assert all(text in table for text in (dead, "unroutable", "http://orders"))


def test_a_dead_message_is_redriven(run: Run, database_url: str) -> None:
    identifier = put_into_outbox(database_url, dead=True)
    other = put_into_outbox(database_url, dead=True)

    assert run("outbox", "redrive", identifier) == (0, "1 redriven\n")

    assert [row["id"] for row in listed(run, "outbox", "list")] == [identifier]
    assert [row["id"] for row in listed(run, "outbox", "list", "--state", "dead")] == [other]


def test_all_dead_messages_are_purged_and_no_other(run: Run, database_url: str) -> None:
    put_into_outbox(database_url, dead=True)
    put_into_outbox(database_url, dead=True)
    waiting = put_into_outbox(database_url, dead=False)

    status, output = run("outbox", "purge", "--all", "--json")

    assert (status, json.loads(output)) == (0, {"purged": 2})
    assert [row["id"] for row in listed(run, "outbox", "list")] == [waiting]


@pytest.mark.parametrize("command", ["redrive", "purge"])
def test_an_id_of_no_dead_message_is_named(run: Run, database_url: str, command: str) -> None:
    waiting = put_into_outbox(database_url, dead=False)

    status, output = run("outbox", command, waiting)

    assert status == 1
    assert "1 of the ids are of no dead message" in output


@pytest.mark.parametrize("queue", ["outbox", "dead-queue"])
@pytest.mark.parametrize(
    "arguments", [("redrive",), ("purge",), ("redrive", "--all", str(uuid4()))]
)
def test_ids_and_all_exclude_each_other(run: Run, queue: str, arguments: tuple[str, ...]) -> None:
    status, output = run(queue, *arguments)

    assert status == 2
    assert "give the ids of dead messages, or --all" in click.unstyle(output)


def bury(sender_url: str, service_name: str, *bodies: bytes) -> list[str]:
    """Put messages into the dead queue; returns their ids."""

    async def put() -> list[str]:
        async with Sender.connected(sender_url, service_name) as sender:
            return [await sender.bury(body, error="ValueError: no") for body in bodies]

    return asyncio.run(put())


def test_messages_that_were_not_handled_are_shown_redriven_and_purged(
    run: Run, rabbitmq: PrivateRabbitMQ, receiving_settings: Settings
) -> None:
    name = receiving_settings.service_name
    readable = b'{"id": "1", "from_service": "orders", "payload": {"event": "order.paid"}}'
    first, second, third = bury(rabbitmq.url, name, readable, b"no JSON", readable)

    rows = listed(run, "dead-queue", "list")
    some = listed(run, "dead-queue", "list", "--limit", "1")
    redriven = run("dead-queue", "redrive", first)
    purged = run("dead-queue", "purge", second)

    assert [row["id"] for row in rows] == [first, second, third]
    assert [row["event"] for row in rows] == ["order.paid", None, "order.paid"]
    assert {(row["tries"], row["error"]) for row in rows} == {(6, "ValueError: no")}
    assert [row["id"] for row in some] == [first]
    assert (redriven, purged) == ((0, "1 redriven\n"), (0, "1 purged\n"))
    assert [row["id"] for row in listed(run, "dead-queue", "list")] == [third]
    assert run("dead-queue", "redrive", "--all") == (0, "1 redriven\n")
    assert asyncio.run(_waiting(rabbitmq.url, name)) == 2


async def _waiting(url: str, service_name: str) -> int:
    async with Sender.connected(url, service_name) as sender:
        return await sender.count()


def test_a_broker_that_is_away_is_named_in_a_line(run: Run) -> None:
    away = f"amqp://guest:a-password@127.0.0.1:{free_port()}/"

    with pytest.raises(BrokerUnavailableError, match=r"^RabbitMQ cannot be used now: \w+$"):
        run("dead-queue", "list", RABBITMQ_URL=away)


@pytest.mark.parametrize("command", [("relay",), ("consume",), ("dead-queue", "list")])
def test_without_a_broker_configured_the_setting_is_named(
    run: Run, command: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError, match="RABBITMQ_URL: is required"):
        run(*command, RABBITMQ_URL=None)


def test_an_error_is_one_line_and_status_1(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "dead-queue", "list"],
        cwd=ROOT,
        env=environment | {"RABBITMQ_URL": f"amqp://127.0.0.1:{free_port()}/"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
