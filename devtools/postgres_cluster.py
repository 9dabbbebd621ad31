"""Data directory of a private PostgreSQL server: create it and run programs on it."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.postgres_binaries import change_owner, reachable_binaries, server_user
from devtools.processes import (
    ServerError,
    command_line_of,
    die_with_parent,
    finish,
    open_log,
    pid_exists,
    tail,
    working_directory_of,
)
from devtools.stored_text import write_text

SUPERUSER = "developer"
LEFTOVER_SECONDS = 20


@dataclass(frozen=True)
class PostmasterLock:
    """Content of `postmaster.pid`."""

    file: Path
    pid: int
    port: int
    is_ready: bool


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

    def create(self, *, sync: bool) -> None:
        """Create the cluster in `cluster.new` and rename it when it is complete."""
        unfinished = self.directory / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        self._write_password()
        for path in (self.directory, unfinished):
            change_owner(path)
            path.chmod(0o700)
        options = ["-U", SUPERUSER, "--auth=scram-sha-256", "--pwfile=../password"]
        options += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        options += ["--no-instructions"] if sync else ["--no-instructions", "--no-sync"]
        if finish(self._spawn("initdb", options, unfinished)):
            raise ServerError(f"initdb failed:\n{tail(self.log)}")
        unfinished.rename(self._data)

    def launch(self, settings: list[str]) -> subprocess.Popen[bytes]:
        options = [part for setting in settings for part in ("-c", setting)]
        return self._spawn("postgres", options, self._data)

    def lock(self) -> PostmasterLock | None:
        """Return the lock. None if no server runs or it has not written its port yet."""
        file = self._data / "postmaster.pid"
        try:
            pid, _directory, _started, port, *rest = file.read_text().splitlines()
        except (OSError, ValueError):
            return None
        return PostmasterLock(file, int(pid), int(port), is_ready="ready" in map(str.strip, rest))

    def stop_leftover(self) -> None:
        """Stop a server that outlived its owner. Delete a lock whose pid was reused."""
        lock = self.lock()
        if lock is None or not pid_exists(lock.pid):
            return
        if not self._is_our_server(lock):
            lock.file.unlink()
            return
        os.kill(lock.pid, signal.SIGINT)
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while command_line_of(lock.pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _is_our_server(self, lock: PostmasterLock) -> bool:
        """Check port and directory: in a copied directory the lock names the original's server."""
        port = f"port={lock.port}".encode()
        return (
            port in command_line_of(lock.pid)
            and working_directory_of(lock.pid) == self._data.resolve()
        )

    @property
    def _data(self) -> Path:
        return self.directory / "cluster"

    def _write_password(self) -> None:
        password = self.directory / "password"
        write_text(password, secrets.token_urlsafe(24))
        change_owner(password)

    def _spawn(self, program: str, options: list[str], data: Path) -> subprocess.Popen[bytes]:
        # The server user may not traverse the parent directories, so use its working directory.
        data_path = "/proc/self/cwd" if server_user() else str(data)
        command = [str(reachable_binaries() / program), "-D", data_path, *options]
        with open_log(self.log) as log:
            return subprocess.Popen(  # noqa: S603 - our own binary and arguments
                die_with_parent(command, user=server_user(), at_exit=signal.SIGINT),
                cwd=data,
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
