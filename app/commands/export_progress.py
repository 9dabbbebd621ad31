from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.commands.stderr_progress import stderr_progress

_COLUMNS = (SpinnerColumn(), TextColumn("{task.completed:,} rows"), TimeElapsedColumn())


class ExportProgress:
    """Number of rows on stderr, whose total is not known; hidden unless stderr is a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("export", total=None)

    @classmethod
    @contextmanager
    def displayed(cls) -> Iterator[Self]:
        with stderr_progress(*_COLUMNS) as progress:
            yield cls(progress)

    def show(self, rows: int) -> None:
        self._progress.update(self._task, completed=rows)
