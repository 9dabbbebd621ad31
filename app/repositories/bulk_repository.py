from collections.abc import Sequence
from typing import Protocol

from app.models.import_rows import Stored, ValidRow


class BulkRepository(Protocol):
    """Where many rows of one kind are stored at a time, each known by its key.

    Usable in a transaction only, which `begin` makes the only one of its kind; others wait.
    """

    async def begin(self) -> None:
        """Make ready, and wait for the end of an import that is under way."""
        ...

    async def upsert(self, rows: Sequence[ValidRow]) -> Stored:
        """Add the rows with new keys and change those that differ, which counts their version up.

        What a row does not give keeps its value, or gets its default in a new row. A row whose
        key was seen before in this transaction is left out.
        """
        ...
