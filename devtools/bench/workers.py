"""Single uvicorn workers under test, all with the same options."""

import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.ports import LOOPBACK, free_port
from devtools.processes import guarded, open_log, stop, wait_until

ROOT = Path(__file__).resolve().parents[2]
# As docs/OPERATIONS.md starts the service.
OPTIONS = ["--loop", "uvloop", "--no-access-log", "--no-proxy-headers"]
START_SECONDS = 60


@dataclass
class Worker:
    """`ready` is a path that answers 200 once it serves."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    ready: str = "/"

    def launch(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "uvicorn", *self.arguments, *OPTIONS]
        with open_log(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                guarded([*command, "--port", str(self.port)]),
                cwd=self.log.parent,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._launched = time.perf_counter()

    def wait(self) -> float:
        """Return how many seconds after its launch it serves."""
        wait_until(self._serves, process=self._process, seconds=START_SECONDS, log=self.log)
        return time.perf_counter() - self._launched

    def stop(self) -> None:
        stop(self._process, by=signal.SIGTERM, seconds=30)

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_megabytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = (line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def _serves(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", self.ready)
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


def baseline(name: str, database_url: str, directory: Path) -> Worker:
    """Serve a factory of `baseline_app`; any answer will do as a sign of life."""
    return Worker(
        name=name,
        arguments=(f"devtools.bench.baseline_app:{name}", "--factory", "--http", "httptools"),
        environment={"DATABASE_URL": database_url},
        log=directory / f"{name}.log",
        ready="/openapi.json" if name == "bare_handlers" else "/",
    )


def service(environment: dict[str, str], directory: Path, name: str = "service") -> Worker:
    protocol = "app.infrastructure.http_protocol:BoundedHttpProtocol"
    return Worker(
        name=name,
        arguments=("app.main:app", "--http", protocol),
        environment=environment,
        log=directory / f"{name}.log",
        ready="/health/ready",
    )
