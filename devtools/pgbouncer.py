"""Private PgBouncer on a random loopback port, in front of a private PostgreSQL, for tests.

It stops when the thread that started it ends.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from devtools.ports import LOOPBACK, free_port, is_listening
from devtools.postgres_binaries import change_owner, server_user
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, die_with_parent, open_log, stop, wait_until

START_SECONDS = 10
STOP_SECONDS = 5
# Debian installs it where only root looks.
_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def find_pgbouncer() -> Path | None:
    """Return the program. None if it is not installed."""
    found = shutil.which("pgbouncer", path=_SEARCH_PATH)
    return Path(found) if found else None


class PrivatePgBouncer(PrivateServer):
    """PgBouncer for the server of `url`. A restart uses the same port."""

    def __init__(
        self,
        url: str,
        *,
        directory: Path,
        pool_mode: Literal["session", "transaction"],
        pool_size: int = 20,
    ) -> None:
        self.port = free_port()
        self._target = urlsplit(url)
        self._directory = directory
        self.pool_mode = pool_mode
        self._pool_size = pool_size
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Value for `DATABASE_URL`."""
        target = self._target
        account = f"{target.username}:{target.password}"
        return f"{target.scheme}://{account}@{LOOPBACK}:{self.port}{target.path}"

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        program = find_pgbouncer()
        if program is None:
            raise ServerError("pgbouncer is not installed; fix: apt install pgbouncer")
        self._write_configuration()
        log = self._directory / "pgbouncer.log"
        # PgBouncer refuses root, and its account may not traverse the parent directories.
        with open_log(log) as output:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                die_with_parent([str(program), "pgbouncer.ini"], user=server_user()),
                cwd=self._directory,
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            wait_until(
                lambda: is_listening(self.port), process=process, seconds=START_SECONDS, log=log
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Disconnect all clients at once."""
        if self._process is not None:
            stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
            self._process = None

    def _write_configuration(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        files = {
            "pgbouncer.ini": "\n".join(self._configuration()),
            "users.txt": f'"{self._target.username}" "{self._target.password}"\n',
        }
        change_owner(self._directory)
        for name, text in files.items():
            path = self._directory / name
            path.touch(mode=0o600)
            path.write_text(text)
            change_owner(path)

    def _configuration(self) -> tuple[str, ...]:
        return (
            "[databases]",
            f"* = host={LOOPBACK} port={self._target.port}",
            "[pgbouncer]",
            f"listen_addr = {LOOPBACK}",
            f"listen_port = {self.port}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            "auth_file = users.txt",
            f"pool_mode = {self.pool_mode}",
            f"default_pool_size = {self._pool_size}",
            "",
        )
