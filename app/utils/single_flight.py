"""Many callers, one call."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class SingleFlight(Generic[K, T]):
    """Callers with equal keys share one running call, and its result or its error.

    The call has its own task: a caller that is cancelled takes nobody else's answer away.
    """

    def __init__(self) -> None:
        self._flights: dict[K, asyncio.Task[T]] = {}

    async def run(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        flight = self._flights.get(key) or self._start(key, call)
        await asyncio.wait({flight})
        return flight.result()

    def _start(self, key: K, call: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        flight = self._flights[key] = asyncio.create_task(call())
        flight.add_done_callback(lambda done: self._landed(key, done))
        return flight

    def _landed(self, key: K, flight: asyncio.Task[T]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # seen, even if every caller has gone

    async def aclose(self) -> None:
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
