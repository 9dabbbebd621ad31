import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def translate_leaked_cancellation() -> Iterator[None]:
    """Raise ConnectionError when aio-pika was cancelled, and not the calling task.

    A connection that ends cancels its own tasks. A caller that awaits one of them would take
    that for a cancellation of the calling task.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("The connection ended") from error
