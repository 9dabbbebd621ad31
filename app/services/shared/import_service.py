import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict

from app.models.shared.import_rows import (
    Batch,
    ImportCounts,
    RejectedRow,
    TakenValues,
    UpsertResult,
)
from app.ports.audit_trail import AuditEntry, AuditTrail
from app.ports.transactions import Transactions
from app.repositories.shared.bulk_repository import BulkRepository
from app.services.shared.import_change_log import ImportChangeLog

# Writes one rejected row, with its reasons, to the report.
Reject = Callable[[RejectedRow], None]
# Opens the file from its start and a new report; the iterator reads and validates.
OpenBatches = Callable[[], tuple[Iterator[Batch], Reject]]


class ImportService:
    """Stores a whole file in one transaction, together with its audit entries and events.

    Without `changes` there is one audit entry for the file, and no event.
    """

    def __init__(
        self,
        *,
        records: BulkRepository,
        transactions: Transactions,
        audit: AuditTrail,
        changes: ImportChangeLog | None,
        resource: str,
        key: str,
    ) -> None:
        self._records = records
        self._transactions = transactions
        self._audit = audit
        self._changes = changes
        self._resource = resource
        self._key = key

    async def store(
        self, file: str, open_batches: OpenBatches, start_commit: Callable[[ImportCounts], None]
    ) -> ImportCounts:
        """Store all batches; `open_batches` is called again when the transaction is retried.

        `start_commit` is called right before the commit.
        """

        async def work() -> ImportCounts:
            counts = await self._store_file(file, open_batches)
            start_commit(counts)
            return counts

        return await self._transactions.run(work)

    async def dry_run(self, file: str, open_batches: OpenBatches) -> ImportCounts:
        """Store all batches, then roll back."""

        async def work() -> None:
            raise _DryRunRollbackError(await self._store_file(file, open_batches))

        try:
            await self._transactions.run(work)
        except _DryRunRollbackError as rollback:
            return rollback.counts
        raise AssertionError  # work always raises

    async def _store_file(self, file: str, open_batches: OpenBatches) -> ImportCounts:
        counts = await self._store_batches(*open_batches())
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
        next_batch = _start_reading(batches)
        while (batch := await next_batch) is not None:
            next_batch = _start_reading(batches)
            try:
                await self._store_batch(batch, reject, counts)
            except BaseException:
                await asyncio.gather(next_batch, return_exceptions=True)
                raise
        return counts

    async def _store_batch(self, batch: Batch, reject: Reject, counts: ImportCounts) -> None:
        stored = await self._records.upsert(batch.valid)
        rejected = self._rejected_rows(batch, stored)
        for row in rejected:
            reject(row)
        if self._changes is not None and stored.changes:
            await self._changes.record(stored.changes)
        counts.inserted += stored.inserted
        counts.updated += stored.updated
        counts.rejected += len(rejected)
        accepted = len(batch.valid) + len(batch.rejected) - len(rejected)
        counts.unchanged += accepted - stored.inserted - stored.updated

    def _rejected_rows(self, batch: Batch, stored: UpsertResult) -> list[RejectedRow]:
        reasons: dict[int, list[str]] = {}
        for line, column in stored.unknown:
            reasons.setdefault(line, []).append(f"{column}: No record has this ID")
        for line, first in stored.duplicates.items():
            reasons[line] = [f"{self._key}: duplicate of line {first}"]
        for taken in stored.taken:
            reasons.setdefault(taken.line, []).append(_describe(taken))
        refused = [
            RejectedRow(row.line, reasons[row.line], row.original)
            for row in batch.valid
            if row.line in reasons
        ]
        return sorted([*batch.rejected, *refused], key=lambda row: row.line)


def _describe(taken: TakenValues) -> str:
    whose = "another record has" if taken.first is None else f"line {taken.first} has"
    return f"{', '.join(taken.columns)}: {whose} this already"


class _DryRunRollbackError(Exception):
    def __init__(self, counts: ImportCounts) -> None:
        super().__init__()
        self.counts = counts


def _start_reading(batches: Iterator[Batch]) -> "asyncio.Task[Batch | None]":
    return asyncio.create_task(asyncio.to_thread(next, batches, None))
