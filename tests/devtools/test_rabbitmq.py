import asyncio
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import aio_pika
import pytest

from devtools.processes import ServerError, command_line
from devtools.rabbitmq import PrivateRabbitMQ

LISTENING, LOOPBACK_IN_HEX = "0A", "0100007F"


async def _put(url: str, body: bytes) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True)
        await channel.default_exchange.publish(
            aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT), queue.name
        )


async def _take(url: str) -> bytes:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("kept", durable=True)
        message = await queue.get()
        assert message is not None
        await message.ack()
        return message.body


def test_a_crashed_broker_goes_on_with_its_address_and_its_durable_messages(
    rabbitmq: PrivateRabbitMQ, keeper: ThreadPoolExecutor
) -> None:
    url = rabbitmq.url
    asyncio.run(_put(url, b"precious"))

    keeper.submit(rabbitmq.kill).result()
    keeper.submit(rabbitmq.start).result()

    assert rabbitmq.url == url
    assert asyncio.run(_take(url)) == b"precious"


def test_its_password_stands_in_no_command_line(rabbitmq: PrivateRabbitMQ) -> None:
    password = rabbitmq.url.split(":")[2].split("@")[0].encode()

    assert password not in b" ".join(command_line(rabbitmq.pid))


def test_it_listens_on_loopback_only(rabbitmq: PrivateRabbitMQ) -> None:
    assert _listening_on(rabbitmq.pid) == {LOOPBACK_IN_HEX}


def _listening_on(pid: int) -> set[str]:
    """Read the addresses from /proc/net/tcp, where a socket is known by its inode."""
    open_files = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # What it closes meanwhile it does not listen on.
        with suppress(FileNotFoundError):
            open_files.add(str(link.readlink()))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        line[1].partition(":")[0]
        for line in lines
        if line[3] == LISTENING and f"socket:[{line[9]}]" in open_files
    }


def test_an_order_that_it_does_not_know_is_reported(rabbitmq: PrivateRabbitMQ) -> None:
    with pytest.raises(ServerError, match="no-such-order"):
        rabbitmq.control("no-such-order")


@pytest.mark.usefixtures("rabbitmq")
def test_broker_and_name_server_go_with_a_killed_owner(tmp_path: Path) -> None:
    owner_code = f"""
        from pathlib import Path
        from devtools.rabbitmq import PrivateRabbitMQ
        server = PrivateRabbitMQ(directory=Path({str(tmp_path)!r}))
        server.launch()
        print(server.pid, server._epmd.pid, flush=True)
        input()
    """
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", textwrap.dedent(owner_code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout
        pids = [int(text) for text in owner.stdout.readline().split()]
        owner.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while any(map(command_line, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(pids) == 2
    assert not any(map(command_line, pids))
