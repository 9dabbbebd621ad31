"""`dev.py app`, `dev.py psql` and `dev.py env`: commands beside a running `dev.py run`."""

import os
import shlex
import sys

from app.config.connection_uri import USED, read_parameters
from devtools.postgres_binaries import find_binaries
from devtools.running import SETTINGS, environment_beside, read_running
from devtools.state import DevState

_HELP = {"--help", "-h"}


def run_app(arguments: list[str], state: DevState) -> int:
    needs_settings = arguments and not _HELP.intersection(arguments)
    environment = environment_beside(state) if needs_settings else dict(os.environ)
    command = [sys.executable, "-m", "app", *arguments]
    os.execve(command[0], command, environment)  # noqa: S606 - no shell needed


def run_psql(arguments: list[str], state: DevState) -> int:
    psql = str(find_binaries() / "psql")
    if "--help" in arguments:
        os.execv(psql, [psql, "--help"])  # noqa: S606 - no shell needed
    url = read_running(state)["DATABASE_URL"]
    command = [psql, "--dbname", _connection_string(url), *arguments]
    password = read_parameters(url).get("password")
    environment = dict(os.environ) | ({"PGPASSWORD": password} if password else {})
    os.execve(command[0], command, environment)  # noqa: S606 - no shell needed


def _connection_string(url: str) -> str:
    """Translate the URL for the command line, where other users could read a password."""
    parameters = read_parameters(url)
    if "host" in parameters:
        # Only a URL has brackets around an IPv6 address.
        parameters["host"] = parameters["host"].replace("[", "").replace("]", "")
    return " ".join(
        f"{name}={_quote(value)}"
        for name, value in parameters.items()
        if name in USED - {"password", "sslpassword"}
    )


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def print_env(state: DevState) -> int:
    """Print lines for a POSIX shell. Without TMPDIR, which is not only for the service."""
    for name, value in read_running(state).items():
        if name in SETTINGS:
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0
