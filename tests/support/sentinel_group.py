"""A private Valkey with a replica, and three sentinels that watch over them."""

import os
import secrets
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import redis

from devtools.ports import LOOPBACK, free_port
from devtools.processes import die_with_parent, open_log, stop, wait_until
from devtools.valkey import PrivateValkey, find_server

GROUP = "main"
SECONDS = 10


class SentinelGroup:
    """Starts with the block and ends with it; `master` and `replica` are the roles at the start."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = ExitStack()
        self._sentinel_password = secrets.token_urlsafe(24)
        # A copy for a replica is a file.
        files = f"dir {directory}"
        self.master = PrivateValkey(
            log=directory / "master.log", settings=(files, "dbfilename master.rdb")
        )
        role = (
            files,
            f"replicaof {LOOPBACK} {self.master.port}",
            f"masterauth {self.master.password}",
        )
        self.replica = PrivateValkey(log=directory / "replica.log", settings=role)
        self.replica.password = self.master.password
        self._ports = [free_port() for _ in range(3)]

    @property
    def url(self) -> str:
        """Value for `REDIS_URL`; nothing listens at the first of its hosts."""
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in (free_port(), *self._ports))
        login = f":{self.master.password}"
        parameters = f"sentinel_password={self._sentinel_password}"
        return f"redis+sentinel://{login}@{hosts}/{GROUP}/0?{parameters}"

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.master)
            self._stack.enter_context(self.replica)
            for port in self._ports:
                self._start_sentinel(port)
            self._wait_until_complete()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start_sentinel(self, port: int) -> None:
        # A sentinel stores what it learns in its configuration file.
        file, log = self._directory / f"{port}.conf", self._directory / f"{port}.log"
        file.touch(mode=0o600)
        file.write_text("\n".join([*self._configuration(port), ""]))
        with open_log(log) as output:
            process = subprocess.Popen(  # noqa: S603 - our own binary and settings
                die_with_parent([str(find_server()), str(file), "--sentinel"]),
                env={"PATH": os.defpath, "TZ": "UTC"},
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._stack.callback(stop, process, by=signal.SIGTERM, seconds=SECONDS)
        wait_until(lambda: _accepts(port), process=process, seconds=SECONDS, log=log)
        self._processes = process

    def _configuration(self, port: int) -> list[str]:
        return [
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {self._sentinel_password}",
            f"sentinel monitor {GROUP} {LOOPBACK} {self.master.port} 2",
            f"sentinel auth-pass {GROUP} {self.master.password}",
            f"sentinel down-after-milliseconds {GROUP} 500",
            f"sentinel failover-timeout {GROUP} 3000",
        ]

    def _wait_until_complete(self) -> None:
        """Wait until each sentinel knows the replica and the other sentinels."""
        for port in self._ports:
            with redis.Redis(port=port, password=self._sentinel_password) as sentinel:
                wait_until(
                    lambda sentinel=sentinel: _is_complete(sentinel),  # type: ignore[misc]
                    process=self._processes,
                    seconds=30,
                    log=self._directory / f"{port}.log",
                )


def _accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0


def _is_complete(sentinel: "redis.Redis") -> bool:
    state: Any = sentinel.sentinel_master(GROUP)
    replicas = sentinel.sentinel_slaves(GROUP)
    are_connected = [each["master-link-status"] == "ok" for each in replicas]
    return state["num-other-sentinels"] == 2 and are_connected == [True]
