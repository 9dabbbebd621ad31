"""Arguments of `dev.py`: their types, errors in one line, paths. Standard library only."""

import argparse
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Never, TypeAlias

# argparse has no public name for this type.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001

MAX_PORT, MAX_WORKERS = 65_535, 64


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        """Print the error in one line, without the usage."""
        self.exit(2, f"{self.prog}: {message}\n")


def subcommands(parser: argparse.ArgumentParser) -> Commands:
    (commands,) = (
        action
        for action in parser._actions  # noqa: SLF001 - argparse has no public access
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - likewise
    )
    return commands


def require_known_command(parser: Parser, name: str) -> None:
    names = list(subcommands(parser).choices)
    if name in names or name.startswith("-"):
        return
    close = get_close_matches(name, names, n=1)
    suggestion = f"; did you mean {close[0]}?" if close else ""
    parser.error(f"unknown command {name!r}{suggestion}\nCommands: {', '.join(names)}")


def port(text: str) -> int:
    return _number(text, maximum=MAX_PORT)


def worker_count(text: str) -> int:
    return _number(text, maximum=MAX_WORKERS)


def _number(text: str, *, maximum: int) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= maximum):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {maximum}, not {text!r}")
    return int(text)


def absolute_path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def with_absolute_paths(arguments: list[str]) -> list[str]:
    """Resolve the paths of `app import`, which are relative to the user's current directory."""
    if arguments[:2] != ["app", "import"]:
        return arguments
    resolved = arguments[:2]
    for previous, argument in pairwise(arguments[1:]):
        option, equals, value = argument.partition("=")
        if option == "--rejected" and equals:
            resolved.append(f"{option}={absolute_path(value)}")
        elif argument.startswith("-") or previous == "--resource":
            resolved.append(argument)
        else:
            resolved.append(str(absolute_path(argument)))
    return resolved
