"""Private PostgreSQL server on a random loopback port, for development and tests.

Its directory holds `cluster/`, the generated `password` and `postgres.log`. The server stops when
the thread that started it ends. After a `kill -9`, the next start recovers the directory.
"""

import signal
import subprocess
import time
from pathlib import Path

from devtools.ports import LOOPBACK, free_port
from devtools.postgres_binaries import find_binaries
from devtools.postgres_cluster import SUPERUSER, PostgresCluster
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, stop, wait_until

START_SECONDS = 30
STOP_SECONDS = 20
_NON_DURABLE_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PrivatePostgres(PrivateServer):
    """Use one instance per directory. `durable=False` is faster but loses data on a power cut."""

    def __init__(self, *, data_directory: Path, durable: bool = True) -> None:
        self._cluster = PostgresCluster(data_directory.absolute())
        self._durable = durable
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """URL of the maintenance database `postgres`; `create_database` creates others."""
        return self.database_url("postgres")

    @property
    def pid(self) -> int:
        return self._running_process().pid

    def database_url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}:{self._cluster.password()}@{LOOPBACK}:{self._port}/{name}"

    def start(self) -> None:
        """Start and wait until the server accepts connections. A restart uses the same port."""
        if not self._cluster.exists():
            self._cluster.create(sync=self._durable)
        self._cluster.stop_leftover()
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._launch()
            except ServerError as error:
                # Backends of a killed server need a moment to exit.
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """Fast shutdown: roll back open transactions and disconnect clients."""
        if self._process is not None:
            stop(self._process, by=signal.SIGINT, seconds=STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Crash the server as `kill -9` would."""
        process = self._running_process()
        process.kill()
        process.wait()
        self._process = None

    def create_database(self, name: str) -> str:
        """Create the database if it does not exist. Return its URL."""
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - ours
            self.query(f'CREATE DATABASE "{name}"')
        return self.database_url(name)

    def create_only_database(self, name: str) -> str:
        """Do so, or rename the only one: `dev.py rename` gives a service another name."""
        others = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
        found = self.query(others).split()
        if len(found) == 1 and found != [name]:
            self.query(f'ALTER DATABASE "{found[0]}" RENAME TO "{name}"')
        return self.create_database(name)

    def query(self, sql: str, *, database: str = "postgres") -> str:
        """Run one statement. Return its rows as text, columns separated by `|`."""
        psql = [str(find_binaries() / "psql"), "-XqtAw", "-v", "ON_ERROR_STOP=1", "-c", sql]
        target = ["-h", LOOPBACK, "-p", str(self._port), "-U", SUPERUSER, "-d", database]
        result = subprocess.run(  # noqa: S603 - our own binary and arguments
            [*psql, *target],
            env={"PGPASSWORD": self._cluster.password(), "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if result.returncode:
            raise ServerError(result.stderr.strip())
        return result.stdout.strip()

    def _running_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private PostgreSQL is not running")
        return self._process

    def _launch(self) -> None:
        settings = [
            f"port={self._port}",
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
        ]
        durability = () if self._durable else _NON_DURABLE_SETTINGS
        process = self._cluster.launch([*settings, "max_connections=200", *durability])
        self._process = process
        try:
            wait_until(
                self._is_ready, process=process, seconds=START_SECONDS, log=self._cluster.log
            )
        except BaseException:
            self.stop()
            raise

    def _is_ready(self) -> bool:
        lock = self._cluster.lock()
        return lock is not None and lock.is_ready and lock.pid == self.pid
