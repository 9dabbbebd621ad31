"""What `dev.py` remembers between runs, in `.dev/`, readable by its owner only."""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(Exception):
    """Another `dev.py run` uses the state."""


class DevState:
    def __init__(self, *, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(exist_ok=True)

    @property
    def postgres(self) -> Path:
        return self._directory / "postgres"

    @property
    def rabbitmq(self) -> Path:
        return self._directory / "rabbitmq"

    @property
    def auth_log(self) -> Path:
        return self._directory / "auth.log"

    @property
    def valkey_log(self) -> Path:
        return self._directory / "valkey.log"

    def is_held(self) -> bool:
        try:
            with self.held():
                return False
        except BusyError:
            return True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise BusyError if another process holds it. The kernel releases it, even on kill -9."""
        with (self._directory / "run.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError("`dev.py run` is running here; stop it first (Ctrl-C)") from None
            yield

    def jwt_secret(self) -> str:
        file = self._directory / "jwt_secret"
        if not file.exists() or not file.stat().st_size:
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(48))
        return file.read_text()

    def auth_port(self) -> int | None:
        file = self._directory / "auth_port"
        return int(file.read_text()) if file.exists() else None

    def remember_auth_port(self, port: int) -> None:
        (self._directory / "auth_port").write_text(str(port))

    def temporary_files(self) -> Path:
        """Give an empty place for what only matters while the service runs."""
        directory = self._directory / "tmp"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        return directory.absolute()

    def is_a_copy(self) -> bool:
        """Return whether it came with a copied folder, while the original is still in use."""
        origin = self._origin()
        return origin != self._directory.absolute() and origin.is_dir()

    def settle(self) -> None:
        """Make it this folder's own: what came with a copy would share ports, data and secrets."""
        if self.is_a_copy():
            with self.held():
                self.forget()
            self._directory.mkdir()
        (self._directory / "place").write_text(str(self._directory.absolute()))

    def _origin(self) -> Path:
        place = self._directory / "place"
        return Path(place.read_text()) if place.exists() else self._directory.absolute()

    def forget(self) -> None:
        shutil.rmtree(self._directory)
