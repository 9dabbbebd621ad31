"""SQL of the bulk upsert of rows in the temporary table `import_rows`."""

from collections.abc import Iterable, Sequence

from app.models.shared.imported_changes import ImportedChanges


class UpsertStatements:
    """Statements for the rows of one column set, whose number is their only argument."""

    def __init__(
        self, *, table: str, key: str, columns: Sequence[str], changes: ImportedChanges
    ) -> None:
        self._table = table
        self._key = key
        self._columns = columns
        self._changes = changes

    def count(self, explicit_columns: frozenset[str]) -> str:
        """Upsert the rows; return how many were inserted and updated."""
        return f"""
            WITH written AS ({self.upsert(explicit_columns, "xmax = 0 AS is_new")})
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
        """

    def lock(self, explicit_columns: frozenset[str], names: Sequence[str]) -> str:
        """Lock the stored records that differ from their rows, and return them."""
        others = [name for name in self._columns if name in explicit_columns and name != self._key]
        return f"""
            SELECT {listed(names, "stored.")} FROM import_rows CROSS JOIN LATERAL (
                SELECT * FROM {self._table} AS stored
                WHERE stored.{self._key} = import_rows.{self._key}
                    AND {_differ(others, "import_rows")}
                FOR UPDATE
            ) AS stored
            WHERE _column_set = $1
        """

    def upsert(self, explicit_columns: frozenset[str], returning: str) -> str:
        """Build the upsert of rows with these columns.

        Equal rows are filtered out first, because ON CONFLICT locks each row even if its WHERE
        prevents the update. A subquery instead of a join forces an index lookup per key.
        """
        columns = [column for column in self._columns if column in explicit_columns]
        others = [column for column in columns if column != self._key]
        changes = "".join(f"{column} = excluded.{column}, " for column in others)
        versions = " + ".join(
            f"{_differ(group, 'excluded')}::integer" for _, group in self._changes.groups(others)
        )
        # xmax holds the lock of an updated row; it is 0 for an inserted row.
        return f"""
            INSERT INTO {self._table} AS stored ({listed(columns)})
            SELECT {listed(columns)} FROM import_rows
            WHERE _column_set = $1 AND (
                SELECT {_differ(others, "import_rows")} FROM {self._table} AS stored
                WHERE stored.{self._key} = import_rows.{self._key}
            ) IS NOT FALSE
            ORDER BY _line
            ON CONFLICT ({self._key}) DO UPDATE
            SET {changes}version = stored.version + {versions or 0}, updated_at = now()
            WHERE {_differ(others, "excluded")}
            RETURNING {returning}
        """


def listed(columns: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{column}" for column in columns)


def _differ(columns: Sequence[str], source: str) -> str:
    if not columns:
        return "false"
    return f"(({listed(columns, 'stored.')}) IS DISTINCT FROM ({listed(columns, source + '.')}))"
