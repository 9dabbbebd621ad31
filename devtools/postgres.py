"""A private PostgreSQL server on a random loopback port, for development and tests.

Its directory holds everything: `cluster/`, the generated `password` and `postgres.log`. The server
dies with the thread that started it; what a `kill -9` leaves is mended at the next start.
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
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PrivatePostgres(PrivateServer):
    """One owner per directory. `durable=False` is faster and loses data when the machine stops."""

    def __init__(self, *, data_directory: Path, durable: bool = True) -> None:
        self._cluster = PostgresCluster(data_directory.absolute())
        self._durable = durable
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The maintenance database; `create_database` makes the ones to work in."""
        return self.database_url("postgres")

    @property
    def pid(self) -> int:
        return self._running().pid

    def database_url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}:{self._cluster.password()}@{LOOPBACK}:{self._port}/{name}"

    def start(self) -> None:
        """Return when the server accepts connections; after `stop` or `kill`, on the same port."""
        if not self._cluster.exists():
            self._cluster.make(sync=self._durable)
        self._cluster.stop_leftover()
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._launch()
            except ServerError as error:
                # The backends of a killed server need a moment to notice.
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, clients are disconnected."""
        if self._process is not None:
            stop(self._process, by=signal.SIGINT, seconds=STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Crash the server as `kill -9` would."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def create_database(self, name: str) -> str:
        """Return the URL of the database, which is made if it is not there."""
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - ours
            self.query(f'CREATE DATABASE "{name}"')
        return self.database_url(name)

    def query(self, sql: str, *, database: str = "postgres") -> str:
        """Run one statement; returns its rows as text, columns separated by `|`."""
        psql = [str(find_binaries() / "psql"), "-XqtAw", "-v", "ON_ERROR_STOP=1", "-c", sql]
        where = ["-h", LOOPBACK, "-p", str(self._port), "-U", SUPERUSER, "-d", database]
        result = subprocess.run(  # noqa: S603 - our own binary and arguments
            [*psql, *where],
            env={"PGPASSWORD": self._cluster.password(), "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if result.returncode:
            raise ServerError(result.stderr.strip())
        return result.stdout.strip()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private PostgreSQL is not running")
        return self._process

    def _launch(self) -> None:
        always = [f"port={self._port}", f"listen_addresses={LOOPBACK}", "unix_socket_directories="]
        extra = () if self._durable else _NOT_DURABLE
        process = self._cluster.launch([*always, "max_connections=200", *extra])
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
        return lock is not None and lock.ready and lock.pid == self.pid
