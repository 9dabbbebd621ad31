"""System fields of every stored record: ID, timestamps and a version that counts changes."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypeVar

from app.exceptions.shared.record_exceptions import StaleVersionError

Changes = dict[str, dict[str, Any]]

SYSTEM_FIELDS = frozenset({"id", "created_at", "updated_at", "version"})


@dataclass(frozen=True, kw_only=True)
class Identified:
    id: int


@dataclass(frozen=True, kw_only=True)
class Versioned:
    created_at: datetime
    updated_at: datetime
    version: int

    def require_version(self, expected: Collection[int] | None) -> None:
        """Raise StaleVersionError unless the version is in `expected`; None accepts any version."""
        if expected is not None and self.version not in expected:
            raise StaleVersionError(self.version)


class StoredRecord(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=StoredRecord)


def current_or_last(old: R | None, new: R | None) -> R:
    """Return the new record, or the old one if it was removed."""
    record = new or old
    if record is None:
        raise ValueError("Neither an old nor a new record")
    return record


def changes_between(old: Any, new: Any) -> Changes:  # noqa: ANN401 - any two dataclasses or None
    """Return `{field: {"old", "new"}}` for each changed field, except system fields."""
    names = [field.name for field in fields(new or old) if field.name not in SYSTEM_FIELDS]
    pairs = {name: (getattr(old, name, None), getattr(new, name, None)) for name in names}
    return {name: {"old": a, "new": b} for name, (a, b) in pairs.items() if a != b}
