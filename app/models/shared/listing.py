"""Query and page of any list of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

Position = tuple[object, int]


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """Query for one page of the records that match all filters and contain all words of `search`.

    The page starts `offset` records after the first record, or right after the `after` position:
    sort key and ID of the previous record. Records with equal sort keys are ordered by ID.
    A batch of many is read from the store, and its total is not counted.
    """

    filters: Mapping[str, object] = field(default_factory=dict)
    search: str | None = None
    sort_by: str = "id"
    descending: bool = False
    limit: int = 50
    offset: int = 0
    after: Position | None = None
    exact_total: bool = False
    is_batch: bool = False


def search_words(text: str) -> Sequence[str]:
    """Split a search text at white space; each word is a substring to search for."""
    return list(dict.fromkeys(text.split()))


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """`next_position` is None on the last page."""

    items: tuple[Item, ...]
    total: int
    total_is_exact: bool
    next_position: Position | None
