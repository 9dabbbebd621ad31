"""The service as it runs in earnest: uvicorn's own command line, in processes of its own."""

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
from devtools.processes import guarded, open_log, stop, wait_until
from tests.setup import SECRET

ROOT = Path(__file__).resolve().parents[1]
UVICORN = Path(sys.executable).with_name("uvicorn")
START_SECONDS = 30
STOP_SECONDS = 30


def make_environment(
    database_url: str, auth_url: str, directory: Path, /, **overrides: object
) -> dict[str, str]:
    """Make the environment variables of a service whose logs go into the directory."""
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
    """`uvicorn app.main:app` on a free loopback port, in a directory that holds no `.env`.

    After `stop`, `start` serves on the same port again.
    """

    def __init__(
        self,
        *,
        environment: dict[str, str],
        directory: Path,
        workers: int = 1,
        port: int | None = None,
        options: tuple[str, ...] = (),
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
        self._arguments = ["--port", str(self.port), "--workers", str(workers), *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the service was not launched"
        return self._process

    @property
    def output(self) -> str:
        """All that it has written to stdout and stderr."""
        return self.log.read_text(errors="replace")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process and wait for nothing."""
        command = [sys.executable, str(UVICORN), "app.main:app", *self._arguments]
        with open_log(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                guarded(command),
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def start(self, *, until: str = "/health/ready") -> None:
        """Return when `until` answers 200."""
        process = self.launch()
        try:
            wait_until(
                lambda: self._answers(until), process=process, seconds=START_SECONDS, log=self.log
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        """Ask it to end, as an operator would; returns its exit status."""
        if self._process is None:
            return 0
        stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
        status = self._process.returncode
        with suppress(ProcessLookupError):
            # workers outlive a supervisor that had to be killed
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
