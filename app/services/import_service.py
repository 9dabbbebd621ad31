import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from app.infrastructure.database.transactions import Transactions
from app.infrastructure.logging.audit_trail import AuditEntry, AuditTrail
from app.models.import_rows import Batch, ImportCounts, RejectedRow, Stored
from app.repositories.bulk_repository import BulkRepository

Reject = Callable[[RejectedRow], None]
Read = Callable[[], tuple[Iterator[Batch], Reject]]


class ImportService:
    """Stores a whole file in one transaction, together with its audit record."""

    def __init__(
        self,
        *,
        records: BulkRepository,
        transactions: Transactions,
        audit: AuditTrail,
        resource: str,
        key: str,
    ) -> None:
        self._records = records
        self._transactions = transactions
        self._audit = audit
        self._resource = resource
        self._key = key

    async def store(self, file: str, read: Read) -> ImportCounts:
        """Store what `read` gives; it is asked again should the transaction be tried again."""
        return await self._transactions.run(partial(self._store_file, file, read))

    async def rehearse(self, file: str, read: Read) -> ImportCounts:
        """Do the same and take it all back."""

        async def work() -> None:
            raise _RehearsedError(await self._store_file(file, read))

        try:
            await self._transactions.run(work)
        except _RehearsedError as rehearsed:
            return rehearsed.counts
        raise AssertionError  # work always raises

    async def _store_file(self, file: str, read: Read) -> ImportCounts:
        counts = await self._store_batches(*read())
        await self._audit.record(
            AuditEntry(
                action=f"IMPORT_{self._resource.upper()}",
                resource=self._resource,
                changes={"file": file, **asdict(counts)},
            )
        )
        return counts

    async def _store_batches(self, batches: Iterator[Batch], reject: Reject) -> ImportCounts:
        counts = ImportCounts()
        await self._records.begin()
        # The next batch is read and validated while the database works on this one.
        reading = _read(batches)
        while (batch := await reading) is not None:
            reading = _read(batches)
            try:
                await self._store(batch, reject, counts)
            except BaseException:
                await asyncio.gather(reading, return_exceptions=True)
                raise
        return counts

    async def _store(self, batch: Batch, reject: Reject, counts: ImportCounts) -> None:
        stored = await self._records.upsert(batch.valid)
        rejected = self._rejected(batch, stored)
        for row in rejected:
            reject(row)
        counts.inserted += stored.inserted
        counts.updated += stored.updated
        counts.rejected += len(rejected)
        accepted = len(batch.valid) - len(stored.repeated)
        counts.unchanged += accepted - stored.inserted - stored.updated

    def _rejected(self, batch: Batch, stored: Stored) -> list[RejectedRow]:
        repeated = [
            RejectedRow(row.line, [f"{self._key}: stands on line {first} already"], row.original)
            for row in batch.valid
            if (first := stored.repeated.get(row.line)) is not None
        ]
        return sorted([*batch.rejected, *repeated], key=lambda row: row.line)


class _RehearsedError(Exception):
    def __init__(self, counts: ImportCounts) -> None:
        super().__init__()
        self.counts = counts


def _read(batches: Iterator[Batch]) -> "asyncio.Task[Batch | None]":
    return asyncio.create_task(asyncio.to_thread(next, batches, None))
