import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app.commands.stderr_progress import stderr_progress
from app.infrastructure.import_files.source_file import SourceFile
from app.models.shared.import_rows import Batch

_COLUMNS = (
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    TaskProgressColumn(),
    TextColumn("{task.fields[rows]:,} rows"),
    TextColumn("{task.fields[rate]:,.0f} rows/s"),
    TimeRemainingColumn(),
)


class ImportProgress:
    """Progress bar on stderr, measured in bytes read; hidden unless stderr is a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    @classmethod
    @contextmanager
    def displayed(cls) -> Iterator[Self]:
        with stderr_progress(*_COLUMNS) as progress:
            yield cls(progress)

    def track(self, source: SourceFile, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches; count a batch as done when the next one is requested."""
        for earlier in self._progress.task_ids:
            self._progress.remove_task(earlier)
        task = self._progress.add_task(source.name, total=source.size, rows=0, rate=0.0)
        started, rows = time.monotonic(), 0
        for batch in batches:
            yield batch
            rows += len(batch.valid) + len(batch.rejected)
            rate = rows / (time.monotonic() - started)
            self._progress.update(task, completed=source.bytes_read, rows=rows, rate=rate)
