"""What every stored thing has: an identity, stamps and a version that counts its changes."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypeVar

from app.exceptions.base import PreconditionFailedError

Changes = dict[str, dict[str, Any]]

STAMPS = frozenset({"id", "created_at", "updated_at", "version"})


class StaleVersionError(PreconditionFailedError):
    code = "stale_version"

    def __init__(self, current: int) -> None:
        super().__init__(f"It has been changed meanwhile: its version is now {current}")


@dataclass(frozen=True, kw_only=True)
class Identified:
    id: int


@dataclass(frozen=True, kw_only=True)
class Versioned:
    created_at: datetime
    updated_at: datetime
    version: int

    def require_version(self, expected: Collection[int] | None) -> None:
        """Raise StaleVersionError unless the version is among the expected (None: any)."""
        if expected is not None and self.version not in expected:
            raise StaleVersionError(self.version)


class StoredRecord(Protocol):
    """What has an identity and a version."""

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=StoredRecord)


def newest(old: R | None, new: R | None) -> R:
    """Give the record as it is now; as it was, if it has been removed."""
    record = new or old
    if record is None:
        raise ValueError("Neither an old nor a new record")
    return record


def changes_between(old: Any, new: Any) -> Changes:  # noqa: ANN401 - any two dataclasses or None
    """Give `{field: {"old", "new"}}` for every field but the stamps that differs."""
    names = [field.name for field in fields(new or old) if field.name not in STAMPS]
    pairs = {name: (getattr(old, name, None), getattr(new, name, None)) for name in names}
    return {name: {"old": a, "new": b} for name, (a, b) in pairs.items() if a != b}
