"""The private RabbitMQ node is secure, survives a crash and stops with its parent."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import aio_pika
import pytest

from devtools.processes import ServerError, command_line_of
from devtools.rabbitmq import PrivateRabbitMQ

LISTENING, LOOPBACK_IN_HEX = "0A", "0100007F"


async def _publish(url: str, body: bytes) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True)
        await channel.default_exchange.publish(
            aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT), queue.name
        )


async def _receive(url: str) -> bytes:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True)
        message = await queue.get()
        assert message is not None
        await message.ack()
        return message.body


def test_a_restart_after_a_crash_keeps_the_url_and_durable_messages(
    rabbitmq: PrivateRabbitMQ, server_thread: ThreadPoolExecutor
) -> None:
    url = rabbitmq.url
    asyncio.run(_publish(url, b"precious"))

    server_thread.submit(rabbitmq.kill).result()
    server_thread.submit(rabbitmq.start).result()

    assert rabbitmq.url == url
    assert asyncio.run(_receive(url)) == b"precious"


def test_the_password_is_not_in_the_command_line(rabbitmq: PrivateRabbitMQ) -> None:
    password = rabbitmq.url.split(":")[2].split("@")[0].encode()

    assert password not in b" ".join(command_line_of(rabbitmq.pid))


def test_the_broker_listens_on_loopback_only(rabbitmq: PrivateRabbitMQ) -> None:
    assert _listening_addresses(rabbitmq.pid) == {LOOPBACK_IN_HEX}


def _listening_addresses(pid: int) -> set[str]:
    """Read the addresses from /proc/net/tcp, which identifies sockets by inode."""
    open_files = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # The process may close a file during the loop.
        with suppress(FileNotFoundError):
            open_files.add(str(link.readlink()))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        line[1].partition(":")[0]
        for line in lines
        if line[3] == LISTENING and f"socket:[{line[9]}]" in open_files
    }


def test_an_unknown_rabbitmqctl_command_raises_an_error(rabbitmq: PrivateRabbitMQ) -> None:
    with pytest.raises(ServerError, match="no-such-command"):
        rabbitmq.run_rabbitmqctl("no-such-command")


@pytest.mark.usefixtures("rabbitmq")
def test_broker_and_epmd_stop_with_a_killed_parent(
    tmp_path: Path, start_and_kill_parent: Callable[[str], list[int]]
) -> None:
    pids = start_and_kill_parent(f"""
        from pathlib import Path
        from devtools.rabbitmq import PrivateRabbitMQ
        server = PrivateRabbitMQ(directory=Path({str(tmp_path)!r}))
        server.launch()
        print(server.pid, server._epmd.pid, flush=True)
        input()
    """)

    assert len(pids) == 2
    assert not any(map(command_line_of, pids))
