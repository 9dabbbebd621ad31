"""`dev.py run`: start private servers, migrate, import samples and serve until a signal."""

import http.client
import signal
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import ExitStack

from devtools.banner import render_banner
from devtools.configuration import find_origin, read_configuration
from devtools.configured_servers import LABELS, REQUIRED, describe_unreachable
from devtools.domain_samples import sample_rows
from devtools.observing import observe
from devtools.ports import LOOPBACK, require_free_port
from devtools.private_broker import BootWatch, describe_broker
from devtools.private_schema import (
    describe_changes,
    find_changed_migrations,
    record_applied_migrations,
    require_own_history,
)
from devtools.processes import ServerError, die_with_parent, finish, stop, wait_until
from devtools.running import record_running
from devtools.servers import DATABASE, PrivateServers, start_servers
from devtools.state import DevState
from devtools.stop_signals import StopRequestedError

_SERVED = "devtools.served_app"
START_SECONDS = 60
BOOT_CHECK_SECONDS = 0.5


def run(options: Namespace, state: DevState) -> int:
    """Return 0 after a signal that stops a running service; before, the signal is an error."""
    configuration = read_configuration()
    grace_seconds = _grace_seconds(configuration)
    notes = _check_configured_servers(configuration)
    is_serving = False
    try:
        with state.lock(), ExitStack() as stack:
            require_free_port(options.host, options.port)
            servers = start_servers(stack, state, configuration)
            notes += _prepare_database(servers, state)
            service = _start_service(options, servers, grace_seconds)
            stack.callback(stop, service, by=signal.SIGTERM, seconds=grace_seconds + 5)
            _wait_until_ready(options, service)
            consumer = _start_consumer(servers)
            stack.callback(stop, consumer, by=signal.SIGTERM, seconds=grace_seconds + 5)
            if servers.auth:
                servers.auth.wait_until_ready()
            stack.enter_context(
                record_running(
                    state, servers.consumer_metrics_port, configuration | servers.environment
                )
            )
            pages, problems = observe(stack, servers, state, with_prometheus=options.observe)
            is_serving = True
            sys.stdout.write(
                render_banner(
                    _address(options),
                    servers.auth,
                    pages=pages,
                    broker=describe_broker(servers.broker) if servers.is_broker_private else None,
                    notes=notes + problems,
                )
            )
            sys.stdout.flush()
            _watch(service, BootWatch(servers.broker))
            raise ServerError(f"the service exited unexpectedly with status {service.returncode}")
    except StopRequestedError:
        if is_serving:
            return 0
        raise


def _watch(service: subprocess.Popen[bytes], boot: BootWatch) -> None:
    """Wait until the service exits."""
    while not boot.is_over and service.poll() is None:
        boot.check()
        time.sleep(BOOT_CHECK_SECONDS)
    service.wait()


def _grace_seconds(configuration: dict[str, str]) -> float:
    try:
        return float(configuration.get("SHUTDOWN_GRACE_SECONDS", "20"))
    except ValueError:
        place = find_origin("SHUTDOWN_GRACE_SECONDS")
        raise ServerError(f"SHUTDOWN_GRACE_SECONDS, {place}: must be a number") from None


def _check_configured_servers(configuration: dict[str, str]) -> list[str]:
    """Return notes on configured servers that are not reachable; raise for a required one."""
    notes = []
    for name in LABELS:
        if problem := describe_unreachable(configuration, name):
            if name == REQUIRED:
                fix = "start it, or remove the setting: dev.py then starts a private one"
                raise ServerError(f"{problem}; {fix}")
            notes.append(problem)
    return notes


def _prepare_database(servers: PrivateServers, state: DevState) -> list[str]:
    """Migrate, and import the samples into a private database. Return notes for the banner."""
    if servers.postgres is None:
        _run_app(servers, "migrate")
        return []
    require_own_history(servers.postgres, DATABASE, state)
    changed = find_changed_migrations(state)
    try:
        _run_app(servers, "migrate")
    except ServerError as error:
        hint = f"\n{describe_changes(changed)}" if changed else ""
        raise ServerError(f"{error}{hint}") from None
    record_applied_migrations(state)
    for domain, rows in sample_rows().items():
        has_rows = f"SELECT EXISTS (SELECT FROM {domain})"  # noqa: S608 - a file name of this repository
        if servers.postgres.query(has_rows, database=DATABASE) == "f":
            _run_app(servers, "import", "--resource", domain, str(rows))
    return [describe_changes(changed)] if changed else []


def _run_app(servers: PrivateServers, *arguments: str) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        die_with_parent([sys.executable, "-m", "app", *arguments]),
        env=servers.environment,
        # Ctrl-C must reach only this process: the other would print a traceback.
        start_new_session=True,
    )
    if finish(process):
        raise ServerError(f"`python -m app {' '.join(arguments)}` failed; see the error above")


def _start_consumer(servers: PrivateServers) -> subprocess.Popen[bytes]:
    module = _SERVED if servers.is_broker_private else "app"
    return subprocess.Popen(  # noqa: S603 - our own arguments
        die_with_parent([sys.executable, "-m", module, "consume"]),
        env=servers.environment | {"METRICS_PORT": str(servers.consumer_metrics_port)},
        start_new_session=True,
    )


def _start_service(
    options: Namespace, servers: PrivateServers, grace_seconds: float
) -> subprocess.Popen[bytes]:
    application = f"{_SERVED if servers.is_broker_private else 'app.main'}:app"
    command = [sys.executable, "-m", "uvicorn", application, "--no-server-header"]
    command += ["--http", "app.infrastructure.http_protocol:BoundedHttpProtocol", "--ws", "none"]
    command += ["--no-access-log", "--no-proxy-headers"]
    command += ["--host", options.host, "--port", str(options.port)]
    command += ["--timeout-keep-alive", "75"]
    command += ["--timeout-graceful-shutdown", str(round(grace_seconds))]
    command += (
        ["--reload", "--reload-dir", "app"]
        if options.reload
        else ["--workers", str(options.workers)]
    )
    # A new session: Ctrl-C must reach the service through `stop`, before its database stops.
    return subprocess.Popen(  # noqa: S603 - our own arguments
        die_with_parent(command), env=servers.environment, start_new_session=True
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
    """Return an address of this machine on which the service listens."""
    any_address = {"0.0.0.0": LOOPBACK, "": LOOPBACK, "::": "::1"}  # noqa: S104 - compared
    return any_address.get(str(options.host), str(options.host))


def _address(options: Namespace) -> str:
    host = _host(options)
    return f"http://[{host}]:{options.port}" if ":" in host else f"http://{host}:{options.port}"
