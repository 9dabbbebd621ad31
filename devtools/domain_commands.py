"""Command line of the commands that write domains. Standard library only."""

from collections.abc import Callable

from devtools.arguments import Commands


def _add_new_domain(commands: Commands) -> None:
    new = commands.add_parser(
        "new-domain",
        help="generate every layer of a domain, its tests and its wiring; see docs/NEW_DOMAIN.md",
        epilog="Types: str(LENGTH), text, email, url, int, bigint, decimal(DIGITS,DECIMALS),"
        " money, money(signed), date, datetime, time, bool, enum(VALUE,VALUE), uuid, ref(DOMAIN)."
        " Bounds: int>0, money>=0. Append ? if the field may be null, =VALUE for a default, and"
        " ' unique' if no two records may have the same value. docs/NEW_DOMAIN.md explains them.",
    )
    new.add_argument("name", help="plural name, for example orders")
    new.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME:TYPE",
        help="for example 'customer:str(100)', 'quantity:int>0', 'note:text?'; repeat per field",
    )
    new.add_argument(
        "--unique",
        action="append",
        default=[],
        metavar="FIELD,FIELD",
        help="no two records have the same values of these fields together; repeat for others",
    )
    new.add_argument(
        "--sort-by",
        type=lambda text: text.split(","),
        default=(),
        metavar="FIELD,FIELD",
        help="only these beside id: each sort costs an index; without it, all that lists can",
    )
    new.add_argument(
        "--no-search", action="store_true", help="lists have no q, and the table no index for it"
    )
    new.add_argument(
        "--public-read",
        action="store_true",
        help="with the setting PUBLIC_READS, list, record and export need no token",
    )
    new.add_argument(
        "--no-events", action="store_true", help="changes are audited, but send no events"
    )
    new.add_argument("--singular", help="required if it cannot be derived from the plural")
    new.add_argument("--dry-run", action="store_true", help="list the files without writing them")


def _add_field(commands: Commands) -> None:
    add = commands.add_parser(
        "add-field",
        help="add fields to a domain, with a migration; see docs/CHANGE_DOMAIN.md",
    )
    add.add_argument("name", help="plural name of the domain, for example orders")
    add.add_argument(
        "field",
        nargs="+",
        metavar="NAME:TYPE",
        help="as for new-domain, for example 'due_on:date?'",
    )
    add.add_argument(
        "--search", action="store_true", help="let `q` search new texts; rewrites the table"
    )
    add.add_argument(
        "--dry-run", action="store_true", help="show files, migrations and conflicts; write nothing"
    )


def _add_remove_field(commands: Commands) -> None:
    remove = commands.add_parser(
        "remove-field", help="remove fields of a domain from the code, then from its table"
    )
    remove.add_argument("name", help="plural name of the domain, for example orders")
    remove.add_argument("field", nargs="+", metavar="NAME", help="for example note")
    remove.add_argument(
        "--drop", action="store_true", help="drop the columns, in the release after the removal"
    )
    remove.add_argument(
        "--dry-run", action="store_true", help="show files, migrations and conflicts; write nothing"
    )


def _add_rename_domain(commands: Commands) -> None:
    rename = commands.add_parser(
        "rename-domain",
        help="rename a domain in code, tests and wiring, with a migration that renames its table",
    )
    rename.add_argument("name", help="plural name, for example orders")
    rename.add_argument("new_name", help="new plural name, for example purchases")
    rename.add_argument("--singular", help="required if it cannot be derived from the plural")
    rename.add_argument("--dry-run", action="store_true", help="list the files, change nothing")
    rename.add_argument(
        "--finish",
        action="store_true",
        help="in a later release: write the migration that drops the view under the old name",
    )


def _add_remove_domain(commands: Commands) -> None:
    remove = commands.add_parser(
        "remove-domain",
        help="delete a domain and its wiring, with a migration that drops its table",
    )
    remove.add_argument("name", help="plural name, for example orders")
    remove.add_argument("--dry-run", action="store_true", help="list the files, change nothing")


def _add_remove_example(commands: Commands) -> None:
    remove = commands.add_parser("remove-example", help="remove-domain for the example domain")
    remove.add_argument("--dry-run", action="store_true", help="list the files, change nothing")


DOMAIN_COMMANDS: tuple[Callable[[Commands], None], ...] = (
    _add_new_domain,
    _add_field,
    _add_remove_field,
    _add_rename_domain,
    _add_remove_domain,
    _add_remove_example,
)
