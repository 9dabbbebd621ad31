"""The table of commands, from their help texts."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from app.cli import cli
from devtools.arguments import subcommands
from devtools.commands import make_parser
from devtools.documents.markdown import table

APP, DEV = "python -m app", "python3 dev.py"


def commands_table() -> str:
    rows = [(f"`{usage}`", text) for usage, text in (*dev_commands(), *app_commands())]
    return table(("command", "description"), rows)


def dev_commands() -> Iterator[tuple[str, str]]:
    choices = subcommands(make_parser())
    texts = {choice.dest: choice.help for choice in choices._choices_actions}  # noqa: SLF001
    for name, parser in choices.choices.items():
        usage = " ".join(parser.format_usage().split()[2:]).replace("[-h] ", "").replace("[-h]", "")
        yield f"{DEV} {usage}".strip(), texts[name] or ""


def app_commands() -> Iterator[tuple[str, str]]:
    return _commands_of(typer.main.get_command(cli), APP)


def _commands_of(command: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - typer has no common base class
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _commands_of(inner, f"{path} {name}")
    else:
        yield " ".join([path, *_parameters(command)]), command.get_short_help_str(limit=200)


def _parameters(command: TyperCommand) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            name = str(parameter.name).upper()
            yield name if parameter.required else f"[{name}]"
        elif isinstance(parameter, TyperOption) and parameter.name != "help":
            value = "" if parameter.is_flag else f" {str(parameter.name).upper()}"
            yield f"[{parameter.opts[-1]}{value}]"
