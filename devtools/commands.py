"""The command line of `dev.py`. Standard library only: read before anything is installed."""

import argparse
from pathlib import Path

import app


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
    _add_run(commands)
    commands.add_parser(
        "test",
        usage="dev.py test [pytest arguments]",
        help="run the test suite; further arguments go to pytest",
    )
    _add_doctor(commands)
    _add_token(commands)
    _add_bench(commands)
    commands.add_parser("reset", help="forget all local state: databases, secrets, logs in .dev/")
    commands.add_parser("docs", help="write anew what the documents say about the code")
    commands.add_parser("lock", help="compile requirements*.txt from pyproject.toml")
    return parser


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser("run", help="start the service and what it needs")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on")
    run.add_argument("--port", type=_port, default=app.__port__)
    run.add_argument("--reload", action="store_true", help="restart when the code changes")
    run.add_argument("--workers", type=int, default=1, help="number of processes")


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    doctor = commands.add_parser(
        "doctor", help="say what is there, what is missing, how to mend it"
    )
    doctor.add_argument("--port", type=_port, default=app.__port__)


def _add_token(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    token = commands.add_parser("token", help="print a token of the development auth service")
    token.add_argument("--role", choices=["user", "admin"], default="user")


def _add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bench = commands.add_parser("bench", help="measure what requests cost; see docs/PERFORMANCE.md")
    bench.add_argument("--quick", action="store_true", help="minutes less, and no million rows")
    bench.add_argument(
        "--json", type=Path, default=Path(".dev/bench.json"), help="where the raw figures go"
    )
    bench.add_argument("--document", action="store_true", help="rewrite docs/PERFORMANCE.md, too")


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is between 1 and 65535")
    return port
