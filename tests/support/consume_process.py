"""Run `consume` in a separate process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from devtools.private_server import PrivateServer
from devtools.processes import die_with_parent, open_log, stop, wait_until
from tests.support.server import ROOT

START_SECONDS = 120
STOP_SECONDS = 30


class ConsumeProcess(PrivateServer):
    """`start` returns once the process is connected.

    It may be called again after `stop` or `kill`.
    """

    def __init__(self, *, environment: dict[str, str], log: Path, root: Path = ROOT) -> None:
        self.log = log
        self._environment = {"PATH": os.defpath, "PYTHONUNBUFFERED": "1", **environment}
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.write_text("")
        with open_log(self.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                die_with_parent([sys.executable, "-m", "tests.support.cli", "consume"]),
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._is_ready, process=self._process, seconds=START_SECONDS, log=self.log)

    def stop(self) -> int:
        """Return the exit status."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)
        return process.returncode

    def terminate(self) -> None:
        assert self._process is not None
        self._process.terminate()

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def _is_ready(self) -> bool:
        return "consumer: RabbitMQ is healthy" in self.log.read_text()
