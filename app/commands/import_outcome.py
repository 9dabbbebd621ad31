"""Whether the rows of an import are stored, also after an interruption or a lost connection."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.exceptions.base import ServiceError
from app.infrastructure.database.errors import OUTAGE
from app.models.shared.import_rows import ImportCounts

VERIFICATIONS = 10
VERIFICATION_PAUSE_SECONDS = 0.5


@dataclass
class ImportOutcome:
    """`counts` are set when the commit starts; `is_committed` is None while it is unknown."""

    request_id: str = field(default_factory=lambda: f"import-{uuid4().hex}")
    counts: ImportCounts | None = None
    is_committed: bool | None = False

    def start_attempt(self) -> None:
        self.counts, self.is_committed = None, False

    def start_commit(self, counts: ImportCounts) -> None:
        self.counts, self.is_committed = counts, None

    async def verify(self, is_recorded: Callable[[], Awaitable[bool]]) -> None:
        """Find out whether a commit that failed is stored."""
        for _ in range(VERIFICATIONS):
            with suppress(ServiceError, *OUTAGE):
                self.is_committed = await is_recorded()
                return
            await asyncio.sleep(VERIFICATION_PAUSE_SECONDS)

    async def complete_commit(self, storing: Coroutine[Any, Any, ImportCounts]) -> ImportCounts:
        """Cancel `storing` together with this task, unless its commit has started."""
        task = asyncio.create_task(storing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self.counts is None:
                task.cancel()
            return await task
