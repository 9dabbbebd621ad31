"""Command line of `dev.py`. Standard library only: it runs before anything is installed."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import app
from app.models.shared.roles import PERMISSIONS, USER
from devtools.arguments import (
    Commands,
    Parser,
    port,
    require_known_command,
    worker_count,
)
from devtools.copying.commands import add_new_service, add_rename, add_update_template
from devtools.domain_commands import DOMAIN_COMMANDS

# Their arguments belong to another program and are passed to it unparsed.
_PASSED_ON = ("test", "app", "psql")


def parse(arguments: list[str]) -> argparse.Namespace:
    if arguments and arguments[0] in _PASSED_ON:
        return argparse.Namespace(command=arguments[0], arguments=arguments[1:])
    parser = make_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        sys.exit(2)
    require_known_command(parser, arguments[0])
    return parser.parse_args(arguments)


def make_parser() -> Parser:
    parser = Parser(prog="dev.py", description="Run, test and maintain the service.")
    commands: Any = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="start the service and the servers that it needs")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on")
    run.add_argument("--port", type=port, default=app.__port__)
    run.add_argument("--reload", action="store_true", help="restart when the code changes")
    run.add_argument("--workers", type=worker_count, default=1, help="number of worker processes")
    run.add_argument(
        "--observe", action="store_true", help="start Prometheus beside it, if it is installed"
    )


def _add_test(commands: Commands) -> None:
    commands.add_parser(
        "test",
        usage="dev.py test [pytest arguments]",
        help="run the test suite; further arguments go to pytest",
    )


def _add_app(commands: Commands) -> None:
    commands.add_parser(
        "app",
        usage="dev.py app [arguments]",
        help="run a command of the service with the settings of the running `dev.py run`",
    )


def _add_psql(commands: Commands) -> None:
    commands.add_parser(
        "psql",
        usage="dev.py psql [psql arguments]",
        help="open psql on the database of the running `dev.py run`",
    )


def _add_env(commands: Commands) -> None:
    commands.add_parser(
        "env", help="print the settings of the running `dev.py run` as lines for a shell"
    )


def _add_top(commands: Commands) -> None:
    top = commands.add_parser(
        "top",
        help="watch rate, errors, latency, cache, pool and outbox of the running `dev.py run`",
    )
    top.add_argument("--once", action="store_true", help="print one reading and exit")
    top.add_argument("--json", action="store_true", help="print one reading as JSON and exit")


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor", help="check what is installed and configured, and print fixes"
    )
    doctor.add_argument("--port", type=port, default=app.__port__)


def _add_token(commands: Commands) -> None:
    token = commands.add_parser(
        "token", help="print a token issued by the development auth service"
    )
    token.add_argument(
        "--role", choices=[*PERMISSIONS], default=USER, help="role of the caller (user)"
    )


def _add_reset(commands: Commands) -> None:
    reset = commands.add_parser(
        "reset", help="delete all local state in .dev/: databases, secrets, logs"
    )
    reset.add_argument("--yes", action="store_true", help="do not ask")


def _add_docs(commands: Commands) -> None:
    commands.add_parser("docs", help="regenerate the generated parts of the documentation")


def _add_lock(commands: Commands) -> None:
    lock = commands.add_parser("lock", help="compile requirements*.txt from pyproject.toml")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions of all")


def _add_check_migrations(commands: Commands) -> None:
    commands.add_parser(
        "check-migrations", help="find what running code or a busy table cannot live with"
    )


def _bench() -> tuple[Callable[[Commands], None], ...]:
    """Copies of the template do not have the package."""
    has_bench = Path(__file__).with_name("bench").joinpath("options.py").exists()
    return (import_module("devtools.bench.options").add_bench,) if has_bench else ()


_COMMANDS: tuple[Callable[[Commands], None], ...] = (
    _add_run,
    _add_app,
    _add_psql,
    _add_env,
    _add_top,
    _add_test,
    _add_doctor,
    _add_token,
    *_bench(),
    _add_reset,
    _add_docs,
    _add_lock,
    _add_check_migrations,
    add_new_service,
    add_rename,
    *DOMAIN_COMMANDS,
    add_update_template,
)
