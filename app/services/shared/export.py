from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from app.models.shared.listing import ListQuery, Page

R = TypeVar("R")

BATCH_ROWS = 500


async def read_in_batches(
    list_page: Callable[[ListQuery], Awaitable[Page[R]]], query: ListQuery
) -> AsyncIterator[Sequence[R]]:
    """Yield all matches, or one empty batch; each batch is read when the last one is written.

    No transaction spans the batches. So each record is as it was when its batch was read. A record
    whose sort value changes in between may occur twice, or not at all.
    """
    query = replace(query, limit=BATCH_ROWS, is_batch=True)
    while True:
        page = await list_page(query)
        yield page.items
        if page.next_position is None:
            return
        query = replace(query, after=page.next_position)
