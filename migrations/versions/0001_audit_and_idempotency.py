"""Audit log and idempotency keys."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE audit_log (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_pkey PRIMARY KEY,
            occurred_at timestamptz NOT NULL DEFAULT now(),
            request_id text,
            user_id text NOT NULL,
            role text NOT NULL,
            client_ip text,
            action text NOT NULL,
            resource text NOT NULL,
            changes jsonb NOT NULL
        )
    """)
    # The history of one resource.
    op.execute("CREATE INDEX audit_log_resource_idx ON audit_log (resource, id)")
    op.execute("""
        CREATE TABLE idempotency_keys (
            caller text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            status smallint NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key)
        )
    """)
    # For the removal of expired rows.
    op.execute("CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at)")
