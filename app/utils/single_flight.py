"""Coalesce concurrent calls with equal keys."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """Callers with equal keys share one running call and its result or error.

    The call runs in its own task, so a cancelled caller does not cancel it for the others.
    """

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Task[T]] = {}
        self.shared = 0
        """Calls that were not made, because one was running."""

    async def run(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, call)
        else:
            self.shared += 1
        await asyncio.wait({flight})
        return flight.result()

    def _start(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        flight = self._flights[key] = asyncio.create_task(call())
        flight.add_done_callback(lambda done: self._finish(key, done))
        return flight

    def _finish(self, key: K, flight: asyncio.Task[T]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # mark as retrieved: all callers may be gone

    async def aclose(self) -> None:
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
