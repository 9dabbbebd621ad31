"""Widgets: the table, and the indexes that keep the work of one list bounded.

docs/LISTS.md shows the plans and what each index costs and buys.
"""

from alembic import op

revision = "widgets"
down_revision = "none"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE widgets (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT widgets_pkey PRIMARY KEY,
            code text CONSTRAINT widgets_code_key UNIQUE,
            name text NOT NULL,
            note text,
            category text NOT NULL,
            price numeric(12, 2) NOT NULL,
            kind text NOT NULL,
            quantity integer NOT NULL DEFAULT 0,
            is_active boolean NOT NULL DEFAULT true,
            due_on date,
            checked_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            version integer NOT NULL DEFAULT 1,
            -- U+001F is a control character, so no text holds it and no match spans columns.
            search_text text NOT NULL GENERATED ALWAYS AS (
                lower(coalesce(code, '') || chr(31) || name || chr(31) || coalesce(note, '') ||
                      chr(31) || category)
            ) STORED,
            CONSTRAINT widgets_code_length CHECK (char_length(code) BETWEEN 1 AND 64),
            CONSTRAINT widgets_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
            CONSTRAINT widgets_note_length CHECK (char_length(note) BETWEEN 1 AND 1000),
            CONSTRAINT widgets_category_length CHECK (char_length(category) BETWEEN 1 AND 100),
            CONSTRAINT widgets_price_range CHECK (price > 0 AND price <= 9999999999.99),
            CONSTRAINT widgets_kind_known CHECK (kind IN ('HW', 'SW')),
            CONSTRAINT widgets_quantity_range CHECK (quantity >= 0),
            CONSTRAINT widgets_version_positive CHECK (version >= 1)
        ) WITH (
            -- Indexes are read alone only where the visibility map is current: vacuum early.
            autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_insert_scale_factor = 0.02,
            autovacuum_analyze_scale_factor = 0.02
        )
    """)
    # Counts any combination of filters, whichever are left out (skip scan).
    op.execute("""
        CREATE INDEX widgets_facets_idx ON widgets (kind, is_active, id)
            INCLUDE (category, price, quantity, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_due_on_idx ON widgets (due_on, id)
            INCLUDE (category, price, kind, quantity, is_active, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_checked_at_idx ON widgets (checked_at, id)
            INCLUDE (category, price, kind, quantity, is_active, due_on)
    """)
    # One for each sort; the included columns let a walk pass the rows that the filters exclude
    # without reading the table.
    op.execute("""
        CREATE INDEX widgets_id_walk ON widgets (kind, id)
            INCLUDE (category, price, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_created_at_walk ON widgets (kind, created_at, id)
            INCLUDE (category, price, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_updated_at_walk ON widgets (kind, updated_at, id)
            INCLUDE (category, price, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_name_walk ON widgets (kind, name, id)
            INCLUDE (category, price, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_category_walk ON widgets (kind, category, id)
            INCLUDE (price, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_price_walk ON widgets (kind, price, id)
            INCLUDE (category, quantity, is_active, due_on, checked_at)
    """)
    op.execute("""
        CREATE INDEX widgets_quantity_walk ON widgets (kind, quantity, id)
            INCLUDE (category, price, is_active, due_on, checked_at)
    """)
    # Substring search from three word characters on, met with the filters inside the index.
    # Its pending list is limited by each session: small where requests are served, for a search
    # reads it whole; large for an import.
    op.execute("""
        CREATE INDEX widgets_search_idx ON widgets
            USING gin (search_text gin_trgm_ops, category, kind, is_active)
    """)
    # For shorter search texts.
    op.execute("""
        CREATE INDEX widgets_search_pairs_idx ON widgets
            USING gin (search_pairs(search_text) gin_trgm_ops)
    """)
