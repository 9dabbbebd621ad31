"""Migrations that rename the table of a domain, in two releases."""

_RENAMED = '''"""Rename the table {old} to {new}, and leave a view under the old name.

Processes of the release before use the view.
"""

from alembic import op
from sqlalchemy import text

revision = "{revision}"
down_revision = "{down_revision}"
exempt = {{
    "renaming-table": "processes of the release before use the view",
    "renaming-object": "no code names an index; docs/NEW_DOMAIN.md says what names a constraint",
}}

# Constraints, and the indexes that belong to none. The sequence follows with the view.
_PARTS = """
    SELECT 'CONSTRAINT', conname FROM pg_constraint
    WHERE conrelid = to_regclass(:table) AND starts_with(conname, :prefix)
    UNION ALL
    SELECT 'INDEX', relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = to_regclass(:table) AND starts_with(relname, :prefix)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE connamespace = relnamespace
            AND conrelid = indrelid AND conname = relname)
"""


def upgrade() -> None:
    op.execute("ALTER TABLE {old} RENAME TO {new}")
    _rename_parts("{new}", "{old}_", "{new}_")
    # Code that changes a record compares xmin, which a view does not have by itself.
    op.execute("CREATE VIEW {old} AS SELECT *, xmin FROM {new}")


def downgrade() -> None:
    op.execute("DROP VIEW {old}")
    op.execute("ALTER TABLE {new} RENAME TO {old}")
    _rename_parts("{old}", "{new}_", "{old}_")


def _rename_parts(table: str, old: str, new: str) -> None:
    query = text(_PARTS).bindparams(table=table, prefix=old)
    parts = op.get_bind().execute(query).all()
    # A new name may be equal to the old one of another part, which must go first.
    for kind, name in sorted(parts, key=lambda part: len(part[1]), reverse=len(new) > len(old)):
        renamed = new + name.removeprefix(old)
        if kind == "CONSTRAINT":
            op.execute(f'ALTER TABLE {{table}} RENAME CONSTRAINT "{{name}}" TO "{{renamed}}"')
        else:
            op.execute(f'ALTER INDEX "{{name}}" RENAME TO "{{renamed}}"')
'''

_FINISHED = '''"""Drop the view {old} of {new}. First stop all processes that use the old name."""

from alembic import op

revision = "{revision}"
down_revision = "{down_revision}"
exempt = {{
    "ban-drop-view": "the processes that used it have been stopped",
    "renaming-object": "code finds the sequence by its table",
}}


def upgrade() -> None:
    op.execute("DROP VIEW {old}")
    op.execute("ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")


def downgrade() -> None:
    op.execute("ALTER SEQUENCE {new}_id_seq RENAME TO {old}_id_seq")
    # Code that changes a record compares xmin, which a view does not have by itself.
    op.execute("CREATE VIEW {old} AS SELECT *, xmin FROM {new}")
'''


def path_of_rename(old: str, new: str, revision: str) -> str:
    return f"migrations/versions/{revision}_{old}_to_{new}.py"


def rename_text(old: str, new: str, *, revision: str, down_revision: str) -> str:
    return _RENAMED.format(old=old, new=new, revision=revision, down_revision=down_revision)


def path_of_finish(old: str, revision: str) -> str:
    return f"migrations/versions/{revision}_without_{old}.py"


def finish_text(old: str, new: str, *, revision: str, down_revision: str) -> str:
    return _FINISHED.format(old=old, new=new, revision=revision, down_revision=down_revision)
