"""Local state of `dev.py` in `.dev/`: databases, secrets, ports and logs."""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.stored_text import read_text, write_text


class BusyError(Exception):
    """Another `dev.py run` uses this state."""


class DevState:
    def __init__(self, *, directory: Path) -> None:
        self._directory = directory
        self._create()

    @property
    def postgres(self) -> Path:
        return self._directory / "postgres"

    @property
    def rabbitmq(self) -> Path:
        return self._directory / "rabbitmq"

    @property
    def prometheus(self) -> Path:
        return self._directory / "prometheus"

    @property
    def running(self) -> Path:
        """File with the settings of the running `dev.py run`."""
        return self._directory / "running.json"

    @property
    def migrations(self) -> Path:
        """File with digests of the migrations that were applied to the private database."""
        return self._directory / "migrations.json"

    @property
    def auth_log(self) -> Path:
        return self._directory / "auth.log"

    @property
    def valkey_log(self) -> Path:
        return self._directory / "valkey.log"

    def is_locked(self) -> bool:
        try:
            with self.lock():
                return False
        except BusyError:
            return True

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the state, or raise BusyError. The kernel releases the lock, even on kill -9."""
        with (self._directory / "run.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(
                    "`dev.py run` is running in this folder; stop it first (Ctrl-C)"
                ) from None
            yield

    def jwt_secret(self) -> str:
        file = self._directory / "jwt_secret"
        if read_text(file) is None:
            write_text(file, secrets.token_urlsafe(48))
        return file.read_text()

    def auth_port(self) -> int | None:
        text = read_text(self._directory / "auth_port")
        return int(text) if text else None

    def save_auth_port(self, port: int) -> None:
        write_text(self._directory / "auth_port", str(port))

    def make_temporary_directory(self) -> Path:
        """Create an empty directory for temporary files of one run."""
        directory = self._directory / "tmp"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        return directory.absolute()

    def is_a_copy(self) -> bool:
        """Return True if `.dev` was copied with its folder and the original still exists."""
        origin = self._origin()
        return origin != self._directory.absolute() and origin.is_dir()

    def discard_if_copied(self) -> None:
        """Delete copied state, which would share ports, data and secrets with the original."""
        if self.is_a_copy():
            with self.lock():
                self.delete()
            self._create()
        write_text(self._directory / "place", str(self._directory.absolute()))

    def _create(self) -> None:
        """Create the directory, which holds secrets, for this user only; older ones were open."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._directory.chmod(0o700)

    def _origin(self) -> Path:
        place = read_text(self._directory / "place")
        return Path(place) if place else self._directory.absolute()

    def delete(self) -> None:
        shutil.rmtree(self._directory)
