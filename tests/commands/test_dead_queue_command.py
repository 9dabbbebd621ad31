"""`python -m app dead-queue` with messages that a hostile sender has published."""

import asyncio
import struct
import unicodedata
from collections.abc import Mapping

import pytest

from app.infrastructure.messaging.broker.missing_rights import MissingRightError
from devtools.rabbitmq import PrivateRabbitMQ
from tests.commands.conftest import Run, list_messages
from tests.support.hostile_messages import BODIES, PROPERTIES, body_of
from tests.support.limited_user import NONE, LimitedUser
from tests.support.other_service import OtherService
from tests.support.raw_amqp import RawPublisher, long, short, table

LIST = ("dead-queue", "list", "--limit", "100000")


class Queues:
    """The queues of the service, filled from outside."""

    def __init__(self, url: str, service_name: str) -> None:
        self._url = url
        self._service_name = service_name

    def fill(self, queue: str, *messages: tuple[bytes, Mapping[str, bytes]]) -> None:
        async def put() -> None:
            async with (
                OtherService.connected(self._url, self._service_name) as other_service,
                RawPublisher.connected(self._url) as publisher,
            ):
                name = {"main": other_service.queue}.get(queue, f"{other_service.queue}.{queue}")
                await other_service.declare()
                await other_service.get_message(f"{other_service.queue}.dead")
                for body, properties in messages:
                    await publisher.publish(name, body, properties)

        asyncio.run(put())

    def count(self) -> int:
        async def count() -> int:
            async with OtherService.connected(self._url, self._service_name) as other_service:
                return await other_service.count_ready()

        return asyncio.run(count())


@pytest.fixture
def queues(rabbitmq: PrivateRabbitMQ, environment: dict[str, str]) -> Queues:
    return Queues(rabbitmq.url, environment["SERVICE_NAME"])


def require_printable(output: str) -> None:
    unsafe = {each for each in output if unicodedata.category(each) in ("Cc", "Cf", "Cs")}
    assert unsafe <= {"\n"}


def test_hostile_messages_are_listed_in_printable_text_and_purged(run: Run, queues: Queues) -> None:
    hostile = [(body_of(name), values) for name, values in PROPERTIES.items()]
    hostile += [(body, {}) for body in BODIES.values()]
    queues.fill("dead", *hostile)

    rows = list_messages(run, *LIST)
    status, shown = run(*LIST)

    assert (status, len(rows)) == (0, len(hostile))
    require_printable(shown)
    assert "2 purged" not in shown
    assert all(len(row["body"]) <= 80 and len(row["error"]) <= 500 for row in rows)
    assert run("dead-queue", "purge", "--all", "--yes") == (0, f"{len(hostile)} purged\n")
    assert list_messages(run, *LIST) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"S" + long(b"abc"), "abc"),
        (b"I\xff\xff\xff\xff", -1),
        (b"t\x01", "True"),
        (b"S" + long(b"\x1b[31m"), "\\x1b[31m"),
        (b"A" + long(b"I\0\0\0\x01"), "[1]"),
    ],
)
def test_tries_are_shown_as_they_are(run: Run, queues: Queues, value: bytes, shown: object) -> None:
    queues.fill("dead", (b"", {"headers": table((b"x-tries", value))}))

    (row,) = list_messages(run, "dead-queue", "list")

    assert row["tries"] == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "1970-01-01T00:00:00Z"), (2**62, str(2**62)), (2**64 - 1, str(2**64 - 1))],
)
def test_times_are_shown_as_they_are(run: Run, queues: Queues, number: int, shown: str) -> None:
    queues.fill("dead", (b"", {"timestamp": struct.pack(">Q", number)}))

    (row,) = list_messages(run, "dead-queue", "list")

    assert row["sent_at"] == shown


def test_markup_of_the_terminal_library_is_shown_as_text(run: Run, queues: Queues) -> None:
    markup = b"[/red][link=http://evil]click[/link] [bold"
    queues.fill("dead", (markup, {"app_id": short(markup)}))

    status, output = run("dead-queue", "list")

    assert status == 0
    assert output.count(markup.decode()) == 2


def test_a_message_is_selected_by_the_id_that_is_shown(run: Run, queues: Queues) -> None:
    queues.fill("dead", (b"1", {"message_id": short(b"a\x1bb")}), (b"2", {}))

    assert run("dead-queue", "purge", "a\\x1bb") == (0, "1 purged\n")
    assert [row["body"] for row in list_messages(run, "dead-queue", "list")] == ["2"]


def test_a_redriven_message_has_known_headers_only(run: Run, queues: Queues) -> None:
    headers = table((b"CC", b"A" + long(b"S" + long(b"elsewhere"))), (b"x-tries", b"t\x01"))
    queues.fill("dead", (body_of("x"), {"headers": headers, "message_id": short(b"m")}))

    assert run("dead-queue", "redrive", "--all") == (0, "1 redriven\n")

    status, output = run("dead-queue", "head")
    assert status == 0
    assert "m" in output
    assert queues.count() == 1


def test_purging_all_needs_consent(run: Run, queues: Queues) -> None:
    queues.fill("dead", (b"1", {}), (b"2", {}))

    status, output = run("dead-queue", "purge", "--all")

    assert status == 1
    assert output == (
        "This would delete the 2 oldest messages of the dead queue. Repeat it with --yes.\n"
    )
    assert len(list_messages(run, "dead-queue", "list")) == 2


@pytest.mark.parametrize("queue", ["main", "dead"])
@pytest.mark.parametrize("name", ["timestamp 4611686018427387904", "message_id not UTF-8"])
def test_the_head_of_a_queue_is_shown_and_dropped(
    run: Run, queues: Queues, queue: str, name: str
) -> None:
    queues.fill(queue, (b"first", PROPERTIES[name]), (b"second", {}))
    head = ("dead-queue", "head", "--queue", queue)

    (row,) = list_messages(run, *head)
    refused, _ = run(*head, "--drop")
    dropped, _ = run(*head, "--drop", "--yes")

    assert (row["body"], refused, dropped) == ("first", 1, 0)
    assert [row["body"] for row in list_messages(run, *head)] == ["second"]


def test_the_head_of_an_empty_or_missing_queue_is_nothing(run: Run) -> None:
    assert run("dead-queue", "head", "--queue", "retry.1000ms") == (
        0,
        "No retry.1000ms messages.\n",
    )


def test_an_unknown_queue_is_refused_with_the_known_ones(run: Run) -> None:
    status, output = run("dead-queue", "head", "--queue", "other")

    assert status == 2
    assert "main, dead, retry.1000ms" in output


def test_a_user_who_may_not_configure_manages_an_existing_queue(
    run: Run, queues: Queues, limited: LimitedUser
) -> None:
    queues.fill("dead", (body_of("1"), {"message_id": short(b"1")}), (b"2", {}))
    limited.allow(configure=NONE)

    def as_limited(*arguments: str) -> tuple[int, str]:
        return run("dead-queue", *arguments, RABBITMQ_URL=limited.url)

    assert as_limited("list")[0] == 0
    assert as_limited("redrive", "1") == (0, "1 redriven\n")
    assert as_limited("purge", "--all", "--yes") == (0, "1 purged\n")
    assert queues.count() == 1


@pytest.mark.parametrize(
    ("rights", "command", "reason"),
    [
        ({"configure": NONE}, ("list",), "to configure"),
        ({"read": NONE}, ("list",), "to read"),
        ({"write": NONE}, ("redrive", "--all"), "to write"),
    ],
)
def test_a_missing_right_is_named(
    run: Run,
    queues: Queues,
    limited: LimitedUser,
    rights: dict[str, str],
    command: tuple[str, ...],
    reason: str,
) -> None:
    if "configure" not in rights:
        queues.fill("dead", (body_of("1"), {}))
    limited.allow(**rights)

    with pytest.raises(MissingRightError, match=f"no right {reason}"):
        run("dead-queue", *command, RABBITMQ_URL=limited.url)
