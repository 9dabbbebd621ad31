"""Make a domain in a copy of the repository, change its fields, and describe its table."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from app.infrastructure.database.migration import migration_engine
from devtools.domain.changes.field_lists import blueprint_of_table
from devtools.domain.changes.plan import Plan
from devtools.domain.changes.table import statements_of
from devtools.domain.new_domain import make, read_blueprint
from devtools.domain.record import DomainRecord, read_record, record_path, record_text
from devtools.domain.rendering import render, write

PLURAL, SINGULAR = "trial_orders", "trial_order"

_CATALOG = {
    "columns": """
        SELECT attname, format_type(atttypid, atttypmod), attnotnull, attgenerated,
               pg_get_expr(adbin, adrelid)
        FROM pg_attribute LEFT JOIN pg_attrdef ON (attrelid, attnum) = (adrelid, adnum)
        WHERE attrelid = 'trial_orders'::regclass AND attnum > 0 AND NOT attisdropped
        ORDER BY attname
    """,
    "constraints": """
        SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE conrelid = 'trial_orders'::regclass ORDER BY conname
    """,
    "indexes": """
        SELECT pg_get_indexdef(indexrelid), indisvalid, indisprimary FROM pg_index
        WHERE indrelid = 'trial_orders'::regclass ORDER BY 1
    """,
}

Catalog = dict[str, list[tuple[object, ...]]]


def make_domain(copy: Path, fields: Sequence[str]) -> None:
    created, changed = make(read_blueprint(PLURAL, SINGULAR, [*fields], copy), copy)
    record = DomainRecord(plural=PLURAL, singular=SINGULAR, fields=[*fields])
    write({**created, **changed, record_path(PLURAL): record_text(record)}, copy)


def apply_plan(copy: Path, plan: Plan) -> None:
    plan.carry_out(copy)


async def migrate(copy: Path, url: str, *, back: int = 0) -> None:
    """Apply the migrations of the copy up to the newest, or take back the last ones."""
    config = Config()
    config.set_main_option("script_location", str(copy / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        if back:
            command.downgrade(config, f"-{back}")
        else:
            command.upgrade(config, "head")

    async with migration_engine(url, "session") as engine, engine.connect() as connection:
        await connection.run_sync(run)


async def read_catalog(url: str) -> Catalog:
    connection = await asyncpg.connect(url)
    found = {name: await connection.fetch(sql) for name, sql in _CATALOG.items()}
    await connection.close()
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


async def file_of_table(url: str) -> int:
    """Return the number of the table's file, which a rewrite changes."""
    connection = await asyncpg.connect(url)
    number: int = await connection.fetchval("SELECT pg_relation_filenode('trial_orders')")
    await connection.close()
    return number


async def create_anew(copy: Path, url: str) -> None:
    """Create the table with all recorded fields at once."""
    texts = render(blueprint_of_table(read_record(copy, PLURAL)))
    (migration,) = (text for path, text in texts.items() if path.startswith("migrations/"))
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TABLE trial_orders")
    for statement in statements_of(migration):
        await connection.execute(statement)
    await connection.close()
