"""Private Prometheus on a random loopback port, for development and tests.

It stops when the thread that started it ends. Its data is removed after a day.
"""

import http.client
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from devtools.monitoring.prometheus_config import config_text
from devtools.ports import LOOPBACK, free_port
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, die_with_parent, open_log, stop, wait_until

INSTALL_COMMAND = "apt install --no-install-recommends prometheus"
START_SECONDS = 30
STOP_SECONDS = 10
RETENTION = "1d"


def find_prometheus() -> Path | None:
    """Return the program. None if it is not installed."""
    found = shutil.which("prometheus")
    return Path(found) if found else None


class PrivatePrometheus(PrivateServer):
    """Prometheus that scrapes the ports `targets` on loopback. A restart uses the same port."""

    def __init__(
        self, *, directory: Path, targets: Sequence[int], rules: Path, interval: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._directory = directory.absolute()
        self._targets = targets
        self._rules = rules.absolute()
        self._interval = interval
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._directory / "prometheus.log"

    def start(self) -> None:
        """Start it and wait until it responds to queries."""
        program = find_prometheus()
        if program is None:
            raise ServerError(f"prometheus is not installed; fix: {INSTALL_COMMAND}")
        self._write_configuration()
        with open_log(self.log) as log:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                die_with_parent([str(program), *self._options()]),
                cwd=self._directory,
                env={"PATH": os.defpath, "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._is_ready, process=process, seconds=START_SECONDS, log=self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
            self._process = None

    def _write_configuration(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        targets = [f"{LOOPBACK}:{port}" for port in self._targets]
        text = config_text(targets, rule_file=str(self._rules), interval=self._interval)
        (self._directory / "prometheus.yml").write_text(text)

    def _options(self) -> tuple[str, ...]:
        return (
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--log.level=warn",
        )

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=1)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
