"""Ask before a command destroys data."""

import sys
from typing import Annotated

import typer

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]


def require_consent(action: str, *, yes: bool) -> None:
    """Ask on a terminal whether to do the action; exit with status 1 without consent."""
    if yes:
        return
    if not sys.stdin.isatty():
        sys.stderr.write(f"This would {action}. Repeat it with --yes.\n")
        raise typer.Exit(1)
    typer.confirm(f"This will {action}. Continue?", abort=True, err=True)
