"""Single uvicorn workers to measure, all with the same options."""

import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.ports import LOOPBACK, free_port
from devtools.processes import die_with_parent, open_log, stop, wait_until

ROOT = Path(__file__).resolve().parents[2]
# The options of docs/OPERATIONS.md.
UVICORN_OPTIONS = ["--loop", "uvloop", "--no-access-log", "--no-proxy-headers"]
START_SECONDS = 60


@dataclass
class Worker:
    """uvicorn process. `ready_path` returns 200 once the application serves."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    ready_path: str = "/"

    def launch(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "uvicorn", *self.arguments, *UVICORN_OPTIONS]
        with open_log(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                die_with_parent([*command, "--port", str(self.port)]),
                cwd=self.log.parent,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._launched_at = time.perf_counter()

    def wait_until_ready(self) -> float:
        """Wait until the worker serves. Return the seconds since its launch."""
        wait_until(self._is_ready, process=self._process, seconds=START_SECONDS, log=self.log)
        return time.perf_counter() - self._launched_at

    def stop(self) -> None:
        stop(self._process, by=signal.SIGTERM, seconds=30)

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_megabytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = (line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", self.ready_path)
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


def make_baseline(name: str, database_url: str, directory: Path) -> Worker:
    """Create a worker for a factory of `baseline_app`."""
    return Worker(
        name=name,
        arguments=(f"devtools.bench.baseline_app:{name}", "--factory", "--http", "httptools"),
        environment={"DATABASE_URL": database_url},
        log=directory / f"{name}.log",
        ready_path="/openapi.json" if name == "bare_handlers" else "/",
    )


def make_service(environment: dict[str, str], directory: Path, name: str = "service") -> Worker:
    protocol = "app.infrastructure.http_protocol:BoundedHttpProtocol"
    return Worker(
        name=name,
        arguments=("app.main:app", "--http", protocol),
        environment=environment,
        log=directory / f"{name}.log",
        ready_path="/health/ready",
    )
