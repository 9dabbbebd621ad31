"""A private cluster of three Valkey servers, and a replica of the one that owns a slot."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from devtools.ports import LOOPBACK, free_port
from devtools.valkey import PrivateValkey

SLOTS = 16384
MASTERS = 3
SECONDS = 30


@dataclass(frozen=True)
class RedisCluster:
    """`owner` has the slot at the start; nothing listens at the first host of `url`."""

    masters: list[PrivateValkey]
    replica: PrivateValkey
    owner: PrivateValkey

    @property
    def url(self) -> str:
        """Value for `REDIS_URL`."""
        servers = [*self.masters, self.replica]
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in (free_port(), *(s.port for s in servers)))
        return f"redis+cluster://:{self.owner.password}@{hosts}"


@contextmanager
def running_cluster(directory: Path, *, slot: int) -> Iterator[RedisCluster]:
    password = secrets.token_urlsafe(24)
    with ExitStack() as stack:
        buses = [free_port() for _ in range(MASTERS + 1)]
        servers = [_server(directory / str(bus), bus, password) for bus in buses]
        for server in servers:
            stack.enter_context(server)
        admins: list[Any] = [
            stack.enter_context(redis.Redis.from_url(server.url)) for server in servers
        ]
        for server, bus in zip(servers[1:], buses[1:], strict=True):
            admins[0].execute_command("CLUSTER", "MEET", LOOPBACK, server.port, bus)
        _wait_until(lambda: all(_info(admin, "known_nodes") == "4" for admin in admins))
        owner = slot * MASTERS // SLOTS
        _assign_slots(admins, owner)
        yield RedisCluster(servers[:MASTERS], servers[MASTERS], servers[owner])


def _assign_slots(admins: list[Any], owner: int) -> None:
    """Divide the slots among the masters, and make the last server a replica of one of them."""
    *masters, replica = admins
    for number, admin in enumerate(masters):
        first, last = number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS - 1
        admin.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
    replica.execute_command(
        "CLUSTER", "REPLICATE", masters[owner].execute_command("CLUSTER", "MYID")
    )
    _wait_until(lambda: all(_info(admin, "state") == "ok" for admin in admins))
    _wait_until(lambda: replica.info("replication").get("master_link_status") == "up")


def _server(directory: Path, bus: int, password: str) -> PrivateValkey:
    directory.mkdir()
    server = PrivateValkey(
        log=directory / "valkey.log",
        settings=(
            f"dir {directory}",
            "cluster-enabled yes",
            f"cluster-config-file {directory}/nodes.conf",
            f"cluster-port {bus}",
            "cluster-node-timeout 1000",
            f"masterauth {password}",
        ),
    )
    server.password = password
    return server


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def _info(admin: Any, name: str) -> str:
    reply = admin.execute_command("CLUSTER", "INFO")
    text = reply if isinstance(reply, str) else reply.decode()
    return dict(line.split(":", 1) for line in text.splitlines())[f"cluster_{name}"]
