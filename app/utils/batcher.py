"""Serve the calls of one turn of the event loop together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

A = TypeVar("A")
R = TypeVar("R")

_Batch: TypeAlias = list[tuple[A, asyncio.Future[R]]]


class Batcher(Generic[A, R]):
    """Collects calls until the event loop turns, then serves them in one task.

    `serve` returns one result per argument, in order; a result that is an exception is raised for
    its caller alone. No call joins a batch that has started, so a result is never older than the
    call. A cancelled caller does not cancel the batch for the others.
    """

    def __init__(
        self,
        serve: Callable[[list[A]], Coroutine[Any, Any, Sequence[R | BaseException]]],
        *,
        max_batch: int,
    ) -> None:
        self._serve = serve
        self._max_batch = max_batch
        self._waiting: _Batch[A, R] = []
        self._running: set[asyncio.Task[None]] = set()

    def submit(self, argument: A) -> asyncio.Future[R]:
        if not self._waiting or len(self._waiting) == self._max_batch:
            self._begin_batch()
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((argument, result))
        return result

    async def aclose(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin_batch(self) -> None:
        batch: _Batch[A, R] = []

        def end(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            # Of a cancelled task, which may not have begun; the others have their results.
            for _, result in batch:
                result.cancel()

        # The task begins at the next turn, with the calls that have arrived until then.
        task = asyncio.create_task(self._run(batch))
        self._running.add(task)
        task.add_done_callback(end)
        self._waiting = batch

    async def _run(self, batch: _Batch[A, R]) -> None:
        if self._waiting is batch:
            self._waiting = []
        calls = [call for call in batch if not call[1].done()]
        if not calls:
            return
        outcomes: Sequence[R | BaseException]
        try:
            outcomes = await self._serve([argument for argument, _ in calls])
        except Exception as error:  # noqa: BLE001 - every caller gets it
            outcomes = [error] * len(calls)
        for (_, result), outcome in zip(calls, outcomes, strict=True):
            _resolve(result, outcome)


def _resolve(result: asyncio.Future[R], outcome: R | BaseException) -> None:
    if result.done():  # cancelled
        return
    if isinstance(outcome, BaseException):
        result.set_exception(outcome)
        result.exception()  # mark as retrieved: the caller may be gone
    else:
        result.set_result(outcome)
