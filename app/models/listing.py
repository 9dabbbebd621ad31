"""What a list is asked for and what it gives, whatever it is a list of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

Position = tuple[object, int]


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """One page of the records that match all filters and hold the search text.

    It starts `offset` records after the first, or right after the `after` position: the
    sort key and the id of the record before. Ties of the sort key are in order of the id.
    """

    filters: Mapping[str, object] = field(default_factory=dict)
    search: str | None = None
    sort_by: str = "id"
    descending: bool = False
    limit: int = 50
    offset: int = 0
    after: Position | None = None
    exact_total: bool = False


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """`next_position` is None on the last page."""

    items: tuple[Item, ...]
    total: int
    total_is_exact: bool
    next_position: Position | None
