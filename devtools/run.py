"""`dev.py run`: the private servers, the schema, sample data and the service, until a signal."""

import http.client
import signal
import subprocess
import sys
from argparse import Namespace
from contextlib import ExitStack
from types import FrameType

from devtools.banner import banner
from devtools.configuration import read_configuration
from devtools.domain_samples import first_rows
from devtools.ports import LOOPBACK, require_free_port
from devtools.processes import ServerError, guarded, stop, wait_until
from devtools.servers import DATABASE, Servers, start_servers
from devtools.state import DevState

START_SECONDS = 60


class StopRequestedError(BaseException):
    """Ctrl-C or SIGTERM: not an error of anybody, so no handler on the way may catch it."""


def run(options: Namespace, state: DevState) -> int:
    configuration = read_configuration()
    grace = float(configuration.get("SHUTDOWN_GRACE_SECONDS", "20"))
    try:
        with state.held(), ExitStack() as stack:
            _raise_on_signals()
            require_free_port(options.host, options.port)
            servers = start_servers(stack, state, configuration)
            _prepare_database(servers)
            service = _start_service(options, servers, grace)
            stack.callback(stop, service, by=signal.SIGTERM, seconds=grace + 5)
            _wait_until_ready(options, service)
            consumer = _start_consumer(servers)
            stack.callback(stop, consumer, by=signal.SIGTERM, seconds=grace + 5)
            if servers.auth:
                servers.auth.wait_until_ready()
            sys.stdout.write(banner(_address(options), servers.auth))
            sys.stdout.flush()
            raise ServerError(f"the service ended by itself, with status {service.wait()}")
    except StopRequestedError:
        return 0


def _raise_on_signals() -> None:
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequestedError

    for each in signals:
        signal.signal(each, request_stop)


def _prepare_database(servers: Servers) -> None:
    _run_app(servers, "migrate")
    if servers.postgres is None:
        return
    for domain, rows in first_rows().items():
        is_filled = f"SELECT EXISTS (SELECT FROM {domain})"  # noqa: S608 - the name of our own file
        if servers.postgres.query(is_filled, database=DATABASE) == "f":
            _run_app(servers, "import", "--resource", domain, str(rows))


def _run_app(servers: Servers, *arguments: str) -> None:
    command = guarded([sys.executable, "-m", "app", *arguments])
    if subprocess.run(command, env=servers.environment, check=False).returncode:  # noqa: S603 - ours
        raise ServerError(f"`python -m app {' '.join(arguments)}` failed; the reason stands above")


def _start_consumer(servers: Servers) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own arguments
        guarded([sys.executable, "-m", "app", "consume"]),
        env=servers.environment,
        start_new_session=True,
    )


def _start_service(options: Namespace, servers: Servers, grace: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--no-server-header"]
    command += ["--http", "app.infrastructure.http_protocol:BoundedHttpProtocol"]
    command += ["--no-access-log", "--no-proxy-headers"]
    command += ["--host", options.host, "--port", str(options.port)]
    command += ["--timeout-graceful-shutdown", str(round(grace))]
    command += (
        ["--reload", "--reload-dir", "app"]
        if options.reload
        else ["--workers", str(options.workers)]
    )
    # Of its own session, so that Ctrl-C reaches the service through `stop`, before its database.
    return subprocess.Popen(  # noqa: S603 - our own arguments
        guarded(command), env=servers.environment, start_new_session=True
    )


def _wait_until_ready(options: Namespace, service: subprocess.Popen[bytes]) -> None:
    def is_ready() -> bool:
        connection = http.client.HTTPConnection(_host(options), options.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    wait_until(is_ready, process=service, seconds=START_SECONDS, log=None)


def _host(options: Namespace) -> str:
    return LOOPBACK if options.host in {"0.0.0.0", "::", ""} else str(options.host)  # noqa: S104 - compared


def _address(options: Namespace) -> str:
    return f"http://{_host(options)}:{options.port}"
