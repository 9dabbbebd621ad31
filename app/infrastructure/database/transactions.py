"""The port through which services make several statements one."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Transactions(Protocol):
    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit it before returning its result.

        Inside another run it joins that one. On a deadlock, a lock wait or a
        serialisation failure the whole of `work` is done again, a bounded number of times;
        it must therefore have no effect but its statements. Raises UnavailableError when
        the database is away: nothing has been changed then, unless the commit itself was
        under way when the connection broke.
        """
        ...
