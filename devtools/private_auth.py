"""Start the development auth service as a child process, and call it."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from devtools.ports import LOOPBACK, free_port, is_listening
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, die_with_parent, open_log, stop, wait_until

ROOT = Path(__file__).resolve().parents[1]
PATH = "/api/v1/auth"
START_SECONDS = 20
STOP_SECONDS = 5


class PrivateAuthService(PrivateServer):
    """Development auth service that signs with `secret`. A restart uses the same port."""

    def __init__(
        self,
        *,
        secret: str,
        log: Path,
        port: int | None = None,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> None:
        self.port = port or free_port()
        self._log = log
        self._settings = {"JWT_SECRET_KEY": secret}
        if issuer:
            self._settings["JWT_ISSUER"] = issuer
        if audience:
            self._settings["JWT_AUDIENCE"] = audience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Value for `AUTH_SERVICE_URL`."""
        return f"http://{LOOPBACK}:{self.port}{PATH}"

    @property
    def pid(self) -> int:
        return self._running_process().pid

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        command = [sys.executable, "-m", "devtools.auth_service", "--port", str(self.port)]
        with open_log(self._log) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module and arguments
                die_with_parent(command),
                cwd=ROOT,
                env={"PATH": os.defpath, **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: is_listening(self.port),
            process=self._running_process(),
            seconds=START_SECONDS,
            log=self._log,
        )

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)
            self._process = None

    def token(self, role: str, *, username: str | None = None, expires_in: int = 3600) -> str:
        fields = {"role": role, "username": username, "expires_in": expires_in}
        return request_token(self.port, fields)

    def revoke(self, token: str) -> None:
        _post(self.port, "/revoke", {"token": token})

    def _running_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the development auth service is not running")
        return self._process


def request_token(port: int, fields: dict[str, str | int | None]) -> str:
    """Request a token from the service on that port. Raise OSError if nothing listens there."""
    return str(json.loads(_post(port, "/token", fields))["token"])


def _post(port: int, path: str, body: object) -> bytes:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request(
            "POST", PATH + path, json.dumps(body), {"Content-Type": "application/json"}
        )
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status >= http.client.BAD_REQUEST:
        raise ServerError(f"the development auth service responded {response.status} to {path}")
    return content
