"""Extensions and function for text search; docs/LISTS.md explains them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    # For texts of one or two characters: with a 1 between all characters, each pair is a trigram.
    op.execute("""
        CREATE FUNCTION search_pairs(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN '1' || array_to_string(string_to_array($1, NULL), '1') || '1'
    """)
