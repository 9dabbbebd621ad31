"""Arguments and output shared by the commands that list rows."""

import io
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.commands.output import print_result, report_done
from app.utils.json_text import to_json
from app.utils.printable_text import printable

Id = TypeVar("Id")

AllDead = Annotated[bool, typer.Option("--all", help="All dead messages")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]

# Prevents rich from truncating cells in files and pipes.
WIDTH_WITHOUT_TERMINAL = 1000


def require_ids(ids: Collection[Id] | None, *, all_dead: bool) -> Collection[Id] | None:
    """Return the IDs, or None for `--all`; raises BadParameter unless exactly one is given."""
    if bool(ids) == all_dead:
        raise typer.BadParameter("pass the IDs of dead messages, or --all")
    return ids or None


def print_count(done: str, count: int, ids: Collection[Any] | None, *, as_json: bool) -> None:
    """Print the number of affected messages; exit with status 1 if an ID matched none."""
    text = to_json({done: count}).decode() if as_json else f"{count} {done}"
    report_done(text)
    if ids and count < len(set(ids)):
        sys.stderr.write(f"IDs that match no dead message: {len(set(ids)) - count}\n")
        raise typer.Exit(1)


def print_rows(rows: Sequence[Any], *, title: str, as_json: bool, what: str = "messages") -> None:
    """Print dataclasses as a table, or as a JSON array."""
    if as_json:
        print_result(to_json([asdict(row) for row in rows]).decode())
        return
    stdout, text = Console(), io.StringIO()
    width = stdout.width if stdout.is_terminal else WIDTH_WITHOUT_TERMINAL
    console = Console(file=text, width=width, force_terminal=stdout.is_terminal)
    console.print(_table(rows, title) if rows else f"No {title} {what}.")
    print_result(text.getvalue().removesuffix("\n"))


def _table(rows: Sequence[Any], title: str) -> Table:
    names = [field.name for field in fields(rows[0])]
    table = Table(*(name.replace("_", " ") for name in names), title=title)
    for row in rows:
        table.add_row(*(_cell(getattr(row, name)) for name in names))
    return table


def _cell(value: object) -> Text:
    """Return the value as printable text, which rich does not parse for markup."""
    if value is None:
        return Text("")
    text = str(value)
    return Text(printable(text.partition(".")[0] if hasattr(value, "isoformat") else text))
