"""The command line of `dev.py`. Standard library only: read before anything is installed."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import app
from devtools.bench.options import add_bench

# argparse gives it no public name.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def parse(arguments: list[str]) -> argparse.Namespace:
    # pytest's own options are not ours to judge.
    if arguments[:1] == ["test"]:
        return argparse.Namespace(command="test", arguments=arguments[1:])
    return make_parser().parse_args(arguments)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py", description="Run, test and look after the service."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="start the service and what it needs")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on")
    run.add_argument("--port", type=_port, default=app.__port__)
    run.add_argument("--reload", action="store_true", help="restart when the code changes")
    run.add_argument("--workers", type=int, default=1, help="number of processes")


def _add_test(commands: Commands) -> None:
    commands.add_parser(
        "test",
        usage="dev.py test [pytest arguments]",
        help="run the test suite; further arguments go to pytest",
    )


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor", help="say what is there, what is missing, how to mend it"
    )
    doctor.add_argument("--port", type=_port, default=app.__port__)


def _add_token(commands: Commands) -> None:
    token = commands.add_parser("token", help="print a token of the development auth service")
    token.add_argument("--role", choices=["user", "admin"], default="user")


def _add_reset(commands: Commands) -> None:
    commands.add_parser("reset", help="forget all local state: databases, secrets, logs in .dev/")


def _add_docs(commands: Commands) -> None:
    commands.add_parser("docs", help="write anew what the documents say about the code")


def _add_lock(commands: Commands) -> None:
    commands.add_parser("lock", help="compile requirements*.txt from pyproject.toml")


def _add_new_service(commands: Commands) -> None:
    new = commands.add_parser("new-service", help="copy this repository as another service")
    new.add_argument("target", type=_place, help="a folder that is not there yet, or empty")
    new.add_argument("--name", required=True, help='such as "Order Service"')
    new.add_argument("--port", type=_port, required=True, help="where `dev.py run` serves it")
    new.add_argument("--without-example", action="store_true", help="leave the example domain out")
    # Only the files, for `update-template` to compare.
    new.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)


def _add_update_template(commands: Commands) -> None:
    update = commands.add_parser("update-template", help="merge a newer template into this copy")
    update.add_argument("source", nargs="?", type=_source, help="path or URL of its git repository")
    update.add_argument("--to", metavar="REVISION", help="a tag, branch or commit of it")


def _source(text: str) -> str:
    path = Path(text).expanduser()
    return str(path.resolve()) if path.exists() else text


def _place(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _add_new_domain(commands: Commands) -> None:
    new = commands.add_parser(
        "new-domain",
        help="write every layer of a domain, its tests and its wiring; see docs/NEW_DOMAIN.md",
    )
    new.add_argument("name", help="in the plural, such as orders")
    new.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME:TYPE",
        help="such as 'customer:str(100)', 'quantity:int>0', 'note:text?'; once for each field",
    )
    new.add_argument("--singular", help="where it cannot be told from the plural")
    new.add_argument("--dry-run", action="store_true", help="show the files and write none")


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is between 1 and 65535")
    return port


_COMMANDS: tuple[Callable[[Commands], None], ...] = (
    _add_run,
    _add_test,
    _add_doctor,
    _add_token,
    add_bench,
    _add_reset,
    _add_docs,
    _add_lock,
    _add_new_service,
    _add_new_domain,
    _add_update_template,
)
