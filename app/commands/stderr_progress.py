from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, ProgressColumn


@contextmanager
def stderr_progress(*columns: ProgressColumn) -> Iterator[Progress]:
    """Show progress on stderr until the block ends; hidden unless stderr is a terminal."""
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield progress
