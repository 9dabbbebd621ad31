"""Command line of what makes and updates copies. Standard library only."""

import argparse
from pathlib import Path

from devtools.arguments import Commands, absolute_path, port


def add_new_service(commands: Commands) -> None:
    new = commands.add_parser("new-service", help="copy this repository as another service")
    new.add_argument("target", type=absolute_path, help="a new or empty folder")
    new.add_argument("--name", required=True, help='for example "Order Service"')
    new.add_argument("--port", type=port, required=True, help="port for `dev.py run`")
    new.add_argument("--without-example", action="store_true", help="leave out the example domain")
    # Write the files only: `update-template` compares them.
    new.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)


def add_rename(commands: Commands) -> None:
    rename = commands.add_parser("rename", help="give this service another name in all its files")
    rename.add_argument("name", help='for example "Order Service"')
    rename.add_argument("--dry-run", action="store_true", help="list the files, change nothing")


def add_update_template(commands: Commands) -> None:
    update = commands.add_parser("update-template", help="merge a newer template into this copy")
    update.add_argument("source", nargs="?", type=_source, help="path or URL of its git repository")
    update.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit with 0 if there is nothing new, with 1 if something new merges,"
        " with 2 if it would conflict",
    )
    update.add_argument("--to", metavar="REVISION", help="tag, branch or commit to merge")


def _source(text: str) -> str:
    path = Path(text).expanduser()
    return str(path.resolve()) if path.exists() else text
