"""The directory of a private PostgreSQL: its files, and the programs that work in it."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.postgres_binaries import own, reachable_binaries, server_user
from devtools.processes import (
    ServerError,
    command_line,
    directory_of,
    guarded,
    is_present,
    open_log,
    tail,
)

SUPERUSER = "developer"
LEFTOVER_SECONDS = 20


@dataclass(frozen=True)
class ServerLock:
    """What `postmaster.pid` says of the server."""

    file: Path
    pid: int
    port: int
    ready: bool


@dataclass(frozen=True)
class PostgresCluster:
    directory: Path

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"

    def exists(self) -> bool:
        return self._data.exists()

    def password(self) -> str:
        return (self.directory / "password").read_text()

    def make(self, *, sync: bool) -> None:
        """Build beside the final place, so that an interrupted attempt leaves nothing there."""
        unfinished = self.directory / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        self._write_password()
        for path in (self.directory, unfinished):
            own(path)
            path.chmod(0o700)
        options = ["-U", SUPERUSER, "--auth=scram-sha-256", "--pwfile=../password"]
        options += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        options += ["--no-instructions"] if sync else ["--no-instructions", "--no-sync"]
        if self._spawn("initdb", options, unfinished).wait():
            raise ServerError(f"initdb failed:\n{tail(self.log)}")
        unfinished.rename(self._data)

    def launch(self, settings: list[str]) -> subprocess.Popen[bytes]:
        options = [part for setting in settings for part in ("-c", setting)]
        return self._spawn("postgres", options, self._data)

    def lock(self) -> ServerLock | None:
        """Return None if there is no server, or one that has not yet written its port."""
        file = self._data / "postmaster.pid"
        try:
            pid, _directory, _started, port, *rest = file.read_text().splitlines()
        except (OSError, ValueError):
            return None
        return ServerLock(file, int(pid), int(port), ready="ready" in map(str.strip, rest))

    def stop_leftover(self) -> None:
        """Finish off a server that outlived its owner; forget one whose pid now means another."""
        lock = self.lock()
        if lock is None or not is_present(lock.pid):
            return
        if not self._is_served_by(lock):
            lock.file.unlink()
            return
        os.kill(lock.pid, signal.SIGINT)
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while command_line(lock.pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _is_served_by(self, lock: ServerLock) -> bool:
        """Look twice: in a copied directory the lock names the server of the original."""
        port = f"port={lock.port}".encode()
        return port in command_line(lock.pid) and directory_of(lock.pid) == self._data.resolve()

    @property
    def _data(self) -> Path:
        return self.directory / "cluster"

    def _write_password(self) -> None:
        password = self.directory / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        own(password)

    def _spawn(self, program: str, options: list[str], data: Path) -> subprocess.Popen[bytes]:
        # The account `nobody` may not pass through the directories above, but it may stand in one.
        place = "/proc/self/cwd" if server_user() else str(data)
        command = [str(reachable_binaries() / program), "-D", place, *options]
        with open_log(self.log) as log:
            return subprocess.Popen(  # noqa: S603 - our own binary and arguments
                guarded(command, user=server_user(), at_exit=signal.SIGINT),
                cwd=data,
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
