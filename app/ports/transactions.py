"""Port for transactions."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Transactions(Protocol):
    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit before its result is returned.

        Inside another `run` it joins that transaction. What `work` stores may be written only at
        its end. After a conflict with another transaction the whole of `work` is retried, a
        limited number of times. It must therefore have no effects except its statements. Raises
        UnavailableError when the database is unavailable. Nothing has been changed then, unless
        the connection broke during the commit.
        """
        ...
