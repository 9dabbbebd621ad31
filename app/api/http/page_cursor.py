"""Encrypted cursor for the next page of a list."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256

import msgspec

from app.exceptions.shared.request_exceptions import ForeignCursorError
from app.infrastructure.security.field_cipher import FieldCipher, UndecryptableError
from app.models.shared.listing import ListQuery, Position
from app.utils.json_text import to_json

_READERS: dict[str, Callable[[str], object]] = {
    "int": int,
    "str": str,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


class PageCursor(msgspec.Struct, frozen=True, array_like=True):
    """Number of the next page, and sort key and ID of the record before it.

    `query_digest` identifies the filters, search text and sort order of the list.
    """

    query_digest: str
    page: int
    key_type: str
    key: str
    id: int

    @property
    def position(self) -> Position:
        return _READERS[self.key_type](self.key), self.id


def encode_cursor(cipher: FieldCipher, query: ListQuery, position: Position, *, page: int) -> str:
    key, identity = position
    text = key.isoformat() if isinstance(key, date) else str(key)
    cursor = PageCursor(_query_digest(query), page, type(key).__name__, text, identity)
    return cipher.encrypt(to_json(cursor))


def decode_cursor(cipher: FieldCipher, query: ListQuery, text: str) -> PageCursor:
    """Decode the cursor; raises ForeignCursorError if it is invalid or of another list."""
    try:
        cursor = msgspec.json.decode(cipher.decrypt(text), type=PageCursor)
    except (UndecryptableError, msgspec.DecodeError):
        raise ForeignCursorError from None
    if cursor.query_digest != _query_digest(query):
        raise ForeignCursorError
    return cursor


def _query_digest(query: ListQuery) -> str:
    criteria = [sorted(query.filters.items()), query.search, query.sort_by, query.descending]
    return sha256(to_json(criteria)).hexdigest()[:16]
