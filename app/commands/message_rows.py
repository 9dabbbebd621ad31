"""How the commands about messages take ids and show rows."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from app.utils.json_text import to_json

Id = TypeVar("Id")

AllDead = Annotated[bool, typer.Option("--all", help="All dead messages")]
Json = Annotated[bool, typer.Option("--json", help="JSON for scripts")]

# For files and pipes, where nothing is to be cut off.
WIDE = 1000


def chosen_ids(ids: Collection[Id] | None, *, all_dead: bool) -> Collection[Id] | None:
    """Give None for all of them."""
    if bool(ids) == all_dead:
        raise typer.BadParameter("give the ids of dead messages, or --all")
    return ids or None


def say_count(done: str, count: int, ids: Collection[Any] | None, *, as_json: bool) -> None:
    """Exit with status 1 if an id was of no dead message."""
    text = to_json({done: count}).decode() if as_json else f"{count} {done}"
    sys.stdout.write(text + "\n")
    if ids and count < len(set(ids)):
        sys.stderr.write(f"{len(set(ids)) - count} of the ids are of no dead message\n")
        raise typer.Exit(1)


def show_rows(rows: Sequence[Any], *, title: str, as_json: bool) -> None:
    """Show dataclasses as a table, or as a JSON array."""
    if as_json:
        sys.stdout.write(to_json([asdict(row) for row in rows]).decode() + "\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(_table(rows, title) if rows else f"No message is {title}.")


def _table(rows: Sequence[Any], title: str) -> Table:
    names = [field.name for field in fields(rows[0])]
    table = Table(*(name.replace("_", " ") for name in names), title=title)
    for row in rows:
        table.add_row(*(_cell(getattr(row, name)) for name in names))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).partition(".")[0] if hasattr(value, "isoformat") else str(value)
