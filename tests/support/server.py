"""Run the service in separate processes by the command line of uvicorn."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import httpx

from devtools.ports import LOOPBACK, free_port
from devtools.private_server import PrivateServer
from devtools.processes import die_with_parent, open_log, stop, wait_until
from tests.support.settings_and_clients import SECRET

ROOT = Path(__file__).resolve().parents[2]
TEST_SERVICE = "tests.support.service:app"
UVICORN = Path(sys.executable).with_name("uvicorn")
START_SECONDS = 120
STOP_SECONDS = 30


def make_environment(
    database_url: str, auth_url: str, directory: Path, /, **overrides: object
) -> dict[str, str]:
    """Return the environment variables of a service that logs into the directory."""
    values = {
        "database_url": database_url,
        "database_pool_min_size": 0,
        "jwt_secret_key": SECRET,
        "auth_service_url": auth_url,
        "audit_log_file": str(directory / "audit.log"),
        "error_log_file": str(directory / "error.log"),
        "rate_limit_per_minute": 0,
        "tmpdir": str(directory),
    } | overrides
    return {name.upper(): _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


MakeServer: TypeAlias = Callable[..., "Server"]


class Server(PrivateServer):
    """`uvicorn` on a free loopback port, in a directory without `.env`.

    It runs the service with the test domain unless another application is given. After `stop`,
    `start` uses the same port.
    """

    def __init__(
        self,
        *,
        environment: dict[str, str],
        directory: Path,
        workers: int = 1,
        port: int | None = None,
        options: tuple[str, ...] = (),
        application: str = TEST_SERVICE,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.log = directory / "service.log"
        self._environment = {
            "PATH": os.defpath,
            "TMPDIR": tempfile.gettempdir(),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._directory = directory
        self._application = application
        # As documented. With uvicorn's five seconds, a request that a stalled client sends on an
        # idle connection may be lost.
        self._arguments = ["--timeout-keep-alive", "75", "--port", str(self.port)]
        self._arguments += ["--workers", str(workers), *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the service was not launched"
        return self._process

    @property
    def output(self) -> str:
        """The complete output to stdout and stderr."""
        return self.log.read_text(errors="replace")

    @property
    def workers(self) -> list[int]:
        """Process IDs of the workers under uvicorn's supervisor."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if _is_worker(child)]

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting until it is ready."""
        command = [sys.executable, str(UVICORN), self._application, *self._arguments]
        with open_log(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                die_with_parent(command),
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def start(self, *, until: str = "/health/ready") -> None:
        """Start the process and wait until the path `until` responds with 200."""
        process = self.launch()
        try:
            wait_until(
                lambda: self._answers(until), process=process, seconds=START_SECONDS, log=self.log
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        """Stop the process with SIGTERM and return its exit status."""
        if self._process is None:
            return 0
        stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
        status = self._process.returncode
        with suppress(ProcessLookupError):
            # Workers survive a killed supervisor.
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None
        return status

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=15)

    def async_client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=15)

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, trust_env=False, timeout=1).status_code == 200
        except httpx.TransportError:
            return False


def _is_worker(pid: str) -> bool:
    # The supervisor has another child, the resource tracker of multiprocessing.
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
