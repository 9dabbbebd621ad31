from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Generic, TypeVar

from app.exceptions.base import ConflictError, NotFoundError
from app.exceptions.shared.record_exceptions import StillReferencedError, UnknownReferenceError
from app.models.shared.listing import ListQuery, Page, Position, search_words

New = TypeVar("New")
R = TypeVar("R")

COUNTED = 10_000


class InMemoryRepository(Generic[New, R]):
    """In-memory repository of a domain. It passes the same tests as the one on PostgreSQL.

    `searched` are the fields of a text search. `unique` are the errors of the unique fields, and
    of several that are unique together.
    `references` are the fields that hold an ID of another repository, which then keeps what the
    records of this `table` refer to.
    """

    def __init__(
        self,
        model: Callable[..., R],
        *,
        not_found: Callable[[int], NotFoundError],
        searched: Sequence[str] = (),
        unique: Mapping[str | tuple[str, ...], Callable[..., ConflictError]] | None = None,
        table: str = "",
        references: "Mapping[str, InMemoryRepository[Any, Any]] | None" = None,
    ) -> None:
        self.rows: dict[int, Any] = {}
        self.searched = searched
        self._model = model
        self._not_found = not_found
        self._unique = unique or {}
        self._table = table
        self._references = references or {}
        self._referring: list[tuple[InMemoryRepository[Any, Any], str]] = []
        for name, target in self._references.items():
            target._referring.append((self, name))  # noqa: SLF001 - the same class
        self._ids = count(1)

    async def add(self, new: New) -> R:
        return self.put(new)

    def put(self, new: New) -> R:
        identity, now = next(self._ids), datetime.now(UTC)
        stamps: dict[str, Any] = {"created_at": now, "updated_at": now, "version": 1}
        record = self._model(**asdict(new), id=identity, **stamps)  # type: ignore[call-overload]
        self._refuse_taken(record)
        self._refuse_unknown(record)
        self.rows[identity] = record
        return record

    async def get(self, identity: int) -> R:
        if identity not in self.rows:
            raise self._not_found(identity)
        record: R = self.rows[identity]
        return record

    async def get_for_update(self, identity: int) -> R:
        return await self.get(identity)

    async def update(self, record: Any) -> R:
        current: Any = await self.get(record.id)
        self._refuse_taken(record)
        self._refuse_unknown(record)
        changed: Any = replace(record, version=current.version + 1, updated_at=datetime.now(UTC))
        self.rows[record.id] = changed
        return await self.get(record.id)

    async def remove(self, identity: int) -> None:
        await self.get(identity)
        for other, name in self._referring:
            if any(getattr(row, name) == identity for row in other.rows.values()):
                raise StillReferencedError(other._table)  # noqa: SLF001 - the same class
        del self.rows[identity]

    async def list(self, query: ListQuery) -> Page[R]:
        matches = sorted(
            (row for row in self.rows.values() if self._matches(row, query)),
            key=lambda row: _position(row, query),
            reverse=query.descending,
        )
        rest = [row for row in matches if _is_after(row, query)][query.offset :]
        items = tuple(rest[: query.limit])
        is_exact = query.exact_total or len(matches) <= COUNTED
        return Page(
            items=items,
            total=len(matches) if is_exact else COUNTED,
            total_is_exact=is_exact,
            next_position=_position(items[-1], query) if len(rest) > len(items) else None,
        )

    def _refuse_taken(self, record: Any) -> None:
        for key, refusal in self._unique.items():
            names = (key,) if isinstance(key, str) else key
            values = [getattr(record, name) for name in names]
            others = (row for row in self.rows.values() if row.id != record.id)
            taken = ([getattr(row, name) for name in names] for row in others)
            # As in SQL, null equals nothing.
            if None not in values and values in taken:
                named = dict(zip(names, values, strict=True))
                raise refusal(*values) if isinstance(key, str) else refusal(**named)

    def _refuse_unknown(self, record: Any) -> None:
        for name, target in self._references.items():
            if getattr(record, name) not in {None, *target.rows}:
                raise UnknownReferenceError(field=name)

    def _matches(self, row: Any, query: ListQuery) -> bool:
        texts = [getattr(row, name) or "" for name in self.searched]
        return all(_passes(row, *wanted) for wanted in query.filters.items()) and all(
            any(word.lower() in text.lower() for text in texts)
            for word in search_words(query.search or "")
        )


def _passes(row: Any, name: str, wanted: Any) -> bool:
    value = getattr(row, name.removeprefix("min_").removeprefix("max_"))
    if value is None:
        return False
    if name.startswith("min_"):
        return bool(value >= wanted)
    return bool(value <= wanted if name.startswith("max_") else value == wanted)


def _position(row: Any, query: ListQuery) -> Position:
    return getattr(row, query.sort_by), row.id


def _is_after(row: Any, query: ListQuery) -> bool:
    if query.after is None:
        return True
    here: Any = _position(row, query)
    return bool(here < query.after if query.descending else here > query.after)
