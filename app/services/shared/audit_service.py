from collections.abc import AsyncIterator
from dataclasses import replace

from app.models.shared.audit import AuditPage, AuditRecord
from app.models.shared.listing import ListQuery
from app.repositories.shared.audit_repository import AuditRepository

MAX_PAGE_ROWS = 1_000


class AuditService:
    """Answers the questions of auditors."""

    def __init__(self, *, records: AuditRepository) -> None:
        self._records = records

    async def list(self, query: ListQuery) -> AuditPage:
        return await self._records.list(query)

    async def find_all(self, query: ListQuery) -> AsyncIterator[AuditRecord]:
        """Yield up to `limit` records, from as many pages as that takes."""
        left = query.limit
        while left:
            page = await self._records.list(replace(query, limit=min(left, MAX_PAGE_ROWS)))
            for record in page.records:
                yield record
            left -= len(page.records)
            if page.next_position is None:
                return
            query = replace(query, after=page.next_position)
