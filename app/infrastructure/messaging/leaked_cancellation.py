import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaked_cancellation_named() -> Iterator[None]:
    """Raise ConnectionError where aio-pika was cancelled, and not its caller.

    A connection that ends cancels its own tasks, and whoever waits for one of them would
    take that for the end of his own task.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("The connection ended") from error
