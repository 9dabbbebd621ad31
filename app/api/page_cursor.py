"""The opaque text by which a client goes on where its last page ended."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

import msgspec

from app.exceptions.base import RuleViolationError
from app.infrastructure.security.field_cipher import FieldCipher, UndecryptableError
from app.models.listing import ListQuery, Position
from app.utils.json_text import to_json

_READERS: dict[str, Callable[[str], object]] = {
    "int": int,
    "str": str,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


class ForeignCursorError(RuleViolationError):
    code = "foreign_cursor"

    def __init__(self) -> None:
        super().__init__("Not a cursor of this list, with these filters and sort", field="cursor")


class PageCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended; `listing` is a mark of the filters and sort it belongs to."""

    listing: str
    page: int
    key_type: str
    key: str
    id: int

    @property
    def position(self) -> Position:
        return _READERS[self.key_type](self.key), self.id


def write_cursor(cipher: FieldCipher, query: ListQuery, position: Position, *, page: int) -> str:
    key, identity = position
    text = key.isoformat() if isinstance(key, date) else str(key)
    cursor = PageCursor(_mark(query), page, type(key).__name__, text, identity)
    return cipher.encrypt(to_json(cursor))


def read_cursor(cipher: FieldCipher, query: ListQuery, text: str) -> PageCursor:
    """Raise ForeignCursorError for what is mangled or belongs to another list."""
    try:
        cursor = msgspec.json.decode(cipher.decrypt(text), type=PageCursor)
    except (UndecryptableError, msgspec.DecodeError):
        raise ForeignCursorError from None
    if cursor.listing != _mark(query):
        raise ForeignCursorError
    return cursor


def _mark(query: ListQuery) -> str:
    asked = [sorted(query.filters.items()), query.search, query.sort_by, query.descending]
    return sha256(to_json(asked)).hexdigest()[:16]
