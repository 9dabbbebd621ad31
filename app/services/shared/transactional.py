from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from app.ports.transactions import Transactions

P = ParamSpec("P")
T = TypeVar("T")


class TransactionalService(Protocol):
    _transactions: Transactions


Service = TypeVar("Service", bound=TransactionalService)


def transactional(
    use_case: Callable[Concatenate[Service, P], Awaitable[T]],
) -> Callable[Concatenate[Service, P], Coroutine[Any, Any, T]]:
    """Run a use case in one transaction, committed before it returns.

    This is a decorator instead of `async with` because a deadlock requires a retry of the whole
    use case.
    """

    @wraps(use_case)
    async def in_transaction(service: Service, /, *args: P.args, **kwargs: P.kwargs) -> T:
        work: Any = partial(use_case, service, *args, **kwargs)
        result: T = await service._transactions.run(work)  # noqa: SLF001 - the decorated service
        return result

    return in_transaction
