"""Directory of a private RabbitMQ node: configuration, secrets and data."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from devtools.ports import LOOPBACK
from devtools.stored_text import read_text, write_text

USER = "developer"


@dataclass(frozen=True)
class RabbitMQDirectory:
    path: Path

    @property
    def log(self) -> Path:
        return self.path / "rabbitmq.log"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def _first_boot(self) -> Path:
        """File that exists until the node was ready once."""
        return self.path / "first_boot"

    def password(self) -> str:
        return self._stored_secret("password")

    def node(self) -> str:
        # RabbitMQ ties the data directory to the node name.
        return f"rabbit-{self._stored_secret('node')[:8]}@localhost"

    def prepare(self, port: int) -> None:
        """Write the configuration, and delete the data of a first boot that was interrupted."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self._first_boot.exists():
            shutil.rmtree(self.data, ignore_errors=True)
        if not self.data.exists():
            self._first_boot.touch()
        write_text(self.path / "rabbitmq.conf", "\n".join(self._configuration(port)))
        (self.path / "enabled_plugins").write_text("[].")

    def record_ready(self) -> None:
        self._first_boot.unlink(missing_ok=True)

    def _configuration(self, port: int) -> tuple[str, ...]:
        return (
            f"listeners.tcp.1 = {LOOPBACK}:{port}",
            f"default_user = {USER}",
            f"default_pass = {self.password()}",
            "log.console = true",
            "log.file = false",
            "log.console.level = warning",
            # The default limit would block publishers on a nearly full developer disk.
            "disk_free_limit.absolute = 50MB",
            "",
        )

    def _stored_secret(self, name: str) -> str:
        """Return a random text that is generated once per directory."""
        text = read_text(self.path / name)
        if text is None:
            text = secrets.token_hex(16)
            write_text(self.path / name, text)
        return text
