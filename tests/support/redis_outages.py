"""Outages of a Redis server. Each one ends with the server restored."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import redis

from devtools.valkey import PrivateValkey

Outage: TypeAlias = Callable[[PrivateValkey], AbstractContextManager[None]]


@contextmanager
def stopped(server: PrivateValkey) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def killed(server: PrivateValkey) -> Iterator[None]:
    server.kill()
    yield
    server.start()


@contextmanager
def frozen(server: PrivateValkey) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    yield
    os.kill(server.pid, signal.SIGCONT)


@contextmanager
def without_memory(server: PrivateValkey) -> Iterator[None]:
    with redis.Redis.from_url(server.url) as admin:
        admin.config_set("maxmemory-policy", "noeviction")
        admin.config_set("maxmemory", "1mb")
        yield
        admin.config_set("maxmemory", "0")


@contextmanager
def read_only(server: PrivateValkey) -> Iterator[None]:
    with redis.Redis.from_url(server.url) as admin:
        admin.replicaof("127.0.0.1", "1")
        yield
        admin.replicaof("no", "one")


@contextmanager
def with_another_password(server: PrivateValkey) -> Iterator[None]:
    with redis.Redis.from_url(server.url) as admin:
        admin.config_set("requirepass", "another")
        admin.client_kill_filter(_type="normal", skipme=True)
        yield
        admin.config_set("requirepass", server.password)


OUTAGES: tuple[Outage, ...] = (
    *(stopped, killed, frozen, without_memory, read_only, with_another_password),
)
