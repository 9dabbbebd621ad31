"""${n.title}: the table, and the indexes that keep the work of one list bounded.

docs/LISTS.md shows the plans and what each index costs and buys.
"""

from alembic import op

revision = "${revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE ${n.plural} (
            ${identity},
% for field in fields:
            ${definition(field)},
% endfor
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            version integer NOT NULL DEFAULT 1,
% if searched:
            -- U+001F is a control character, so no text holds it and no match spans columns.
            search_text text NOT NULL GENERATED ALWAYS AS (
                lower(${search_text}
            ) STORED,
% endif
% if primary_key:
            -- Also the index for the sort by ID.
            ${primary_key}
% endif
% for combination in combinations:
            ${combination}
% endfor
% for check in checks:
            ${check}
% endfor
            CONSTRAINT ${n.plural}_version_positive CHECK (version >= 1)
        ) WITH (
            -- Indexes are read alone only where the visibility map is current: vacuum early.
            autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_insert_scale_factor = 0.02,
            autovacuum_analyze_scale_factor = 0.02
        )
    """)
<%def name="make_index(name, keys)">\
    op.execute("""
        ${index(name, keys)}
    """)
</%def>\
% if facets:
    # Counts any combination of filters, whichever are left out (skip scan).
${make_index("facets_idx", (*(f.name for f in facets), "id"))}\
% endif
% for field in looked_up:
${make_index(f"{field.name}_idx", (field.name, "id"))}\
% endfor
% for number, (sort, keys) in enumerate(sort_indexes):
% if number == 0:
    # One for each sort; the included columns let a walk pass the rows that the filters exclude
    # without reading the table.
% endif
${make_index(f"{sort}_walk", keys)}\
% endfor
% if searched:
    # Substring search from three word characters on, met with the filters inside the index.
    # Its pending list is limited by each session: small where requests are served, for a search
    # reads it whole; large for an import.
    op.execute("""
        CREATE INDEX ${n.plural}_search_idx ON ${n.plural}
            USING gin (${search_columns}
    """)
    # For shorter search texts.
    op.execute("""
        CREATE INDEX ${n.plural}_search_pairs_idx ON ${n.plural}
            USING gin (search_pairs(search_text) gin_trgm_ops)
    """)
% endif
