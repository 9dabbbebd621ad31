from collections.abc import Sequence
from typing import Protocol

from app.models.shared.import_rows import UpsertResult, ValidRow


class BulkRepository(Protocol):
    """Repository that upserts many rows of one table by their unique key.

    Requires a transaction. One import per table runs at a time.
    """

    async def begin(self) -> None:
        """Prepare the transaction; wait until a running import of the same table has ended."""
        ...

    async def upsert(self, rows: Sequence[ValidRow]) -> UpsertResult:
        """Insert rows with new keys; update rows that differ and increment their version.

        A column that a row does not contain keeps its value, or gets its default in a new row. A
        row whose key occurred earlier in this transaction is skipped. A changed row counts one
        version for each of its changes, as if the API had made them one by one.
        """
        ...
