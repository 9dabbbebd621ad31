"""Guards: dependencies that authorise a caller or raise, declared with `@guard`.

Only declared guards run before a cached response is sent; other dependencies do not.
"""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

from starlette.requests import Request

Guard: TypeAlias = Callable[[Request], Coroutine[Any, Any, None]]
Declared = TypeVar("Declared", bound=Callable[..., Coroutine[Any, Any, None]])

_MARK = "is_guard"


def guard(check: Declared) -> Declared:
    """Declare a guard: `async def require_auditor(request: Request) -> None`.

    It is called with the request alone, before FastAPI solves dependencies; dependency_overrides
    do not replace it. Raises TypeError if it cannot be called so.
    """
    _, *others = inspect.signature(check).parameters.values()
    required = [each.name for each in others if each.default is inspect.Parameter.empty]
    if required or not inspect.iscoroutinefunction(check):
        raise TypeError(
            f"{getattr(check, '__name__', repr(check))}: a guard must be an async function of the "
            "request alone; every further parameter needs a default"
        )
    setattr(check, _MARK, True)
    return check


def is_guard(dependency: object) -> bool:
    return getattr(dependency, _MARK, False) is True
