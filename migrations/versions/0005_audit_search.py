"""Indexes for the questions of auditors, in the order of time."""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
exempt = {
    "require-concurrent-index-creation": "concurrently where there are MANY_ROWS",
    "require-concurrent-index-deletion": "concurrently where there are MANY_ROWS",
}

# Below, an index is built in a moment; above, writes would wait for it.
MANY_ROWS = 100_000

INDEXES = {
    "audit_log_occurred_at_idx": "(occurred_at, id)",
    # The history of one resource; replaces the one in the order of IDs.
    "audit_log_history_idx": "(resource, occurred_at, id)",
}
REPLACED = "audit_log_resource_idx"


def upgrade() -> None:
    if _has_many_rows():
        with op.get_context().autocommit_block():
            # It waits for open transactions, and no other statement waits for it.
            op.execute("SET lock_timeout = 0")
            _create(" CONCURRENTLY")
    else:
        _create("")


def _has_many_rows() -> bool:
    query = text("SELECT 1 FROM audit_log OFFSET :many LIMIT 1").bindparams(many=MANY_ROWS)
    return op.get_bind().execute(query).first() is not None


def _create(concurrently: str) -> None:
    for name, columns in INDEXES.items():
        # What an interrupted build leaves is not valid.
        op.execute(f"DROP INDEX{concurrently} IF EXISTS {name}")
        op.execute(f"CREATE INDEX{concurrently} {name} ON audit_log {columns}")
    op.execute(f"DROP INDEX{concurrently} IF EXISTS {REPLACED}")
