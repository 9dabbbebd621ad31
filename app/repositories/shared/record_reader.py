"""Items from the rows of the database."""

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from inspect import signature
from typing import Any, TypeVar

Item = TypeVar("Item")

# File name of the code that dataclasses generate.
_GENERATED = "<string>"


@lru_cache(maxsize=128)
def record_reader(
    make: Callable[..., Item], columns: tuple[str, ...]
) -> Callable[[Iterable[Any]], Item]:
    """Return a function that makes an item from the values of `columns`; it ignores further ones.

    A frozen dataclass sets each field by a call, which is most of the time that a page of records
    takes: a plain one gets all its values at once.
    """
    if not _is_plain(make, columns):
        return lambda values: make(**dict(zip(columns, values, strict=False)))

    def read(values: Iterable[Any]) -> Item:
        item: Item = object.__new__(make)  # type: ignore[arg-type]
        vars(item).update(zip(columns, values, strict=False))
        return item

    return read


def _is_plain(make: Any, columns: tuple[str, ...]) -> bool:  # noqa: ANN401 - anything callable
    """Return whether the call would do nothing but set the columns."""
    if not (isinstance(make, type) and is_dataclass(make)):
        return False
    code = getattr(make.__init__, "__code__", None)
    return (
        code is not None
        and code.co_filename == _GENERATED
        and make.__new__ is object.__new__
        and not hasattr(make, "__post_init__")
        and not any(hasattr(getattr(make, name, None), "__set__") for name in columns)
        and set(signature(make).parameters)
        == {field.name for field in fields(make)}
        == set(columns)
    )
