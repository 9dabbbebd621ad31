"""Outbox and inbox of messages."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE outbox (
            id uuid CONSTRAINT outbox_pkey PRIMARY KEY,
            position bigint GENERATED ALWAYS AS IDENTITY,
            queue text NOT NULL,
            priority smallint NOT NULL,
            from_service text NOT NULL,
            to_service text NOT NULL,
            headers jsonb NOT NULL CONSTRAINT outbox_headers_check
                CHECK (jsonb_typeof(headers) = 'object'),
            body bytea NOT NULL,
            created_at timestamptz NOT NULL,
            -- The next try: later while a relay has it, and while it waits after a failure.
            due_at timestamptz NOT NULL DEFAULT now(),
            attempts integer NOT NULL DEFAULT 0,
            last_error text,
            published_at timestamptz,
            dead_at timestamptz
        ) WITH (
            -- Every row is changed twice soon after it was written.
            fillfactor = 70,
            autovacuum_vacuum_scale_factor = 0.02
        )
    """)
    # Pending messages, most urgent first; due ones before those that wait for a retry.
    op.execute("""
        CREATE INDEX outbox_pending_idx ON outbox (priority DESC, due_at, position)
            WHERE published_at IS NULL AND dead_at IS NULL
    """)
    op.execute("CREATE INDEX outbox_dead_idx ON outbox (dead_at) WHERE dead_at IS NOT NULL")
    # For the removal of published rows.
    op.execute("""
        CREATE INDEX outbox_published_idx ON outbox (published_at)
            WHERE published_at IS NOT NULL
    """)
    op.execute("""
        CREATE TABLE inbox (
            receiver text NOT NULL,
            message_id text NOT NULL,
            handled_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT inbox_pkey PRIMARY KEY (receiver, message_id)
        )
    """)
    # For the removal of old rows.
    op.execute("CREATE INDEX inbox_handled_at_idx ON inbox (handled_at)")
