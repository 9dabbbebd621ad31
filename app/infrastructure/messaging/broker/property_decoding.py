"""Decode what a publisher chose freely, so that no message can break the connection.

pamqp raises for text that is not UTF-8, for timestamps beyond year 9999 and for deeply nested
headers; then aiormq closes the connection, and the broker redelivers the same message for ever.
For valid values the functions here return what pamqp returns.
"""

import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pamqp import decode
from pamqp.base import BasicProperties
from pamqp.commands import Basic

RAW_TIMESTAMP = "x-raw-timestamp"
"""Header with the number of a timestamp that is not a date."""

MAX_VALUES = 1000
MAX_DEPTH = 16

_LAST_SECOND = 0xFFFFFFFF
_DELIVERY_MODES = (None, 1, 2)
_MAX_EXPIRATION_DIGITS = 15

_LAYOUTS = {"t": "?", "b": "b", "B": "B", "s": "h", "u": "H", "I": "i", "i": "I"}
_LAYOUTS |= {"l": "q", "L": "q", "f": "f", "d": "d"}
_NUMBERS = {kind.encode(): struct.Struct(f">{layout}") for kind, layout in _LAYOUTS.items()}
_DECIMAL = struct.Struct(">Bi")
_LENGTH = struct.Struct(">I")
_TIMESTAMP = struct.Struct(">Q")


def install() -> None:
    """Replace the decoders of pamqp in this process. Repeated calls have no effect.

    `tests/infrastructure/messaging/consumer/test_hostile_messages.py` fails if a version of
    pamqp or aiormq does not use them.
    """
    decode.METHODS["shortstr"] = read_short_text
    decode.METHODS["table"] = read_table
    decode.METHODS["timestamp"] = read_timestamp
    Basic.Properties.unmarshal = _read_properties  # type: ignore[method-assign, assignment]


def read_short_text(data: bytes) -> tuple[int, str]:
    """Decode text of up to 255 bytes; bytes that are not UTF-8 are escaped."""
    end = 1 + data[0]
    return end, _text(data[1:end])


def read_timestamp(data: bytes) -> tuple[int, Any]:
    """Decode a timestamp in seconds, or in milliseconds; a number if it is not a date."""
    return _TIMESTAMP.size, _date_or_number(*_TIMESTAMP.unpack_from(data))


def read_table(data: bytes) -> tuple[int, dict[str, Any]]:
    """Decode headers, at most MAX_VALUES of them; what follows is skipped."""
    end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    return end, _Table(data[:end]).read(_LENGTH.size, end)


class _Table:
    """Reads values by their offset: slices of the rest would take quadratic time."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._count = 0

    def read(self, offset: int, end: int, depth: int = 0) -> dict[str, Any]:
        """Return the values that could be read."""
        table: dict[str, Any] = {}
        # The broker has checked the encoding, but another version may know other types.
        with suppress(IndexError, KeyError, ArithmeticError, struct.error):
            while offset < end and self._count < MAX_VALUES:
                length, offset = self._data[offset], offset + 1
                name, offset = _text(self._data[offset : offset + length]), offset + length
                table[name], offset = self._value(offset, depth)
        return table

    def _value(self, offset: int, depth: int) -> tuple[Any, int]:
        self._count += 1
        kind, offset = self._data[offset : offset + 1], offset + 1
        if number := _NUMBERS.get(kind):
            return number.unpack_from(self._data, offset)[0], offset + number.size
        if kind == b"T":
            return read_timestamp(self._data[offset : offset + 8])[1], offset + _TIMESTAMP.size
        if kind == b"D":
            scale, digits = _DECIMAL.unpack_from(self._data, offset)
            return Decimal(digits) * Decimal(10) ** -scale, offset + _DECIMAL.size
        if kind in (b"V", b"\0"):
            return None, offset
        start = offset + _LENGTH.size
        end = start + _LENGTH.unpack_from(self._data, offset)[0]
        return self._READERS[kind](self, start, end, depth), end

    def _long_text(self, start: int, end: int, _: int) -> str | bytes:
        raw = self._data[start:end]
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw

    def _byte_array(self, start: int, end: int, _: int) -> bytearray:
        return bytearray(self._data[start:end])

    def _nested(self, start: int, end: int, depth: int) -> dict[str, Any] | None:
        return self.read(start, end, depth + 1) if depth < MAX_DEPTH else None

    def _array(self, start: int, end: int, depth: int) -> list[Any] | None:
        if depth >= MAX_DEPTH:
            return None
        values = []
        while start < end and self._count < MAX_VALUES:
            value, start = self._value(start, depth + 1)
            values.append(value)
        return values

    _READERS: "dict[bytes, Callable[[_Table, int, int, int], Any]]" = {  # noqa: RUF012 - constant
        b"S": _long_text,
        b"x": _byte_array,
        b"F": _nested,
        b"A": _array,
    }


_unmarshal = Basic.Properties.unmarshal


def _read_properties(properties: BasicProperties, flags: int, data: bytes) -> None:
    """Decode the properties, then drop values for which aio-pika raises."""
    with suppress(IndexError, ValueError, struct.error):
        _unmarshal(properties, flags, data)
    assert isinstance(properties, Basic.Properties)  # noqa: S101 - it is the method of that class
    if properties.delivery_mode not in _DELIVERY_MODES:
        properties.delivery_mode = None
    expiration = properties.expiration or ""
    if not (expiration.isdecimal() and len(expiration) <= _MAX_EXPIRATION_DIGITS):
        properties.expiration = None
    timestamp: object = properties.timestamp
    if isinstance(timestamp, int):
        properties.headers = {**(properties.headers or {}), RAW_TIMESTAMP: timestamp}
        properties.timestamp = None


def _date_or_number(number: int) -> datetime | int:
    seconds = number / 1000 if number > _LAST_SECOND else number
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return number


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
