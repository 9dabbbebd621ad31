"""Products: the table, and the indexes that keep the work of one list bounded.

docs/LISTS.md shows the plans and what each index costs and buys.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE products (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT products_pkey PRIMARY KEY,
            sku text CONSTRAINT products_sku_key UNIQUE,
            name text NOT NULL,
            description text,
            category text NOT NULL,
            unit text NOT NULL,
            business_unit text NOT NULL,
            location text NOT NULL,
            price numeric(12, 2) NOT NULL,
            product_type text NOT NULL,
            is_available boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            version integer NOT NULL DEFAULT 1,
            -- U+001F is a control character, so no text holds it and no match spans columns.
            search_text text NOT NULL GENERATED ALWAYS AS (
                lower(name || chr(31) || coalesce(sku, '') || chr(31) || coalesce(description, ''))
            ) STORED,
            CONSTRAINT products_sku_length CHECK (char_length(sku) BETWEEN 1 AND 64),
            CONSTRAINT products_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
            CONSTRAINT products_description_length
                CHECK (char_length(description) BETWEEN 1 AND 1000),
            CONSTRAINT products_category_length CHECK (char_length(category) BETWEEN 1 AND 100),
            CONSTRAINT products_unit_length CHECK (char_length(unit) BETWEEN 1 AND 50),
            CONSTRAINT products_business_unit_length
                CHECK (char_length(business_unit) BETWEEN 1 AND 100),
            CONSTRAINT products_location_length CHECK (char_length(location) BETWEEN 1 AND 100),
            CONSTRAINT products_price_range CHECK (price > 0 AND price <= 9999999999.99),
            CONSTRAINT products_product_type_known CHECK (product_type IN ('HW', 'SW')),
            CONSTRAINT products_version_positive CHECK (version >= 1)
        ) WITH (
            -- Indexes are read alone only where the visibility map is current: vacuum early.
            autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_insert_scale_factor = 0.02,
            autovacuum_analyze_scale_factor = 0.02
        )
    """)
    # Counts any combination of filters without a category, and price ranges (skip scan).
    op.execute("""
        CREATE INDEX products_facets_idx ON products
            (product_type, business_unit, location, is_available, price, id)
    """)
    # The same within one category, and its matches in any order without reading the table.
    op.execute("""
        CREATE INDEX products_category_idx ON products
            (category, product_type, business_unit, location, is_available, price, id)
            INCLUDE (name, created_at, updated_at)
    """)
    # One for each sort. product_type leads, because names and prices depend on it; the included
    # columns let a scan skip the rows that the filters exclude without reading the table.
    op.execute("""
        CREATE INDEX products_id_walk ON products (product_type, id)
            INCLUDE (category, business_unit, location, is_available, price)
    """)
    op.execute("""
        CREATE INDEX products_name_walk ON products (product_type, name, id)
            INCLUDE (category, business_unit, location, is_available, price)
    """)
    op.execute("""
        CREATE INDEX products_price_walk ON products (product_type, price, id)
            INCLUDE (category, business_unit, location, is_available)
    """)
    op.execute("""
        CREATE INDEX products_created_at_walk ON products (product_type, created_at, id)
            INCLUDE (category, business_unit, location, is_available, price)
    """)
    op.execute("""
        CREATE INDEX products_updated_at_walk ON products (product_type, updated_at, id)
            INCLUDE (category, business_unit, location, is_available, price)
    """)
    # Substring search from three word characters on, met with the filters inside the index.
    # Its pending list is limited by each session: small where requests are served, for a search
    # reads it whole; large for an import.
    op.execute("""
        CREATE INDEX products_search_idx ON products
            USING gin (search_text gin_trgm_ops, product_type, business_unit, location, category,
                       is_available)
    """)
    # Shorter texts.
    op.execute("""
        CREATE INDEX products_search_pairs_idx ON products
            USING gin (search_pairs(search_text) gin_trgm_ops)
    """)
