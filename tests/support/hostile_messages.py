"""Messages that a hostile or broken sender can publish."""

import json
import struct
from typing import Any
from uuid import uuid4

from tests.support.raw_amqp import long, short, table

NOT_UTF_8 = b"\xff\xfe\x80"
CONTROL = b"a\nb\x1b[31m\r\x00\xe2\x80\xae"
HUGE_DEPTH = 8000


def _nested(kind: bytes, depth: int) -> bytes:
    value = b"V"
    for _ in range(depth):
        inner = short(b"k") + value if kind == b"F" else value
        value = kind + long(inner)
        if len(value) > 100_000:
            break
    return value


def _header(value: bytes, name: bytes = b"x-header") -> dict[str, bytes]:
    return {"headers": table((name, value))}


def _text_header(name: bytes, value: bytes) -> dict[str, bytes]:
    return _header(b"S" + long(value), name)


def _timestamp(number: int) -> bytes:
    return struct.pack(">Q", number)


SHORT_TEXTS = (
    *("content_type", "content_encoding", "correlation_id", "reply_to", "message_id"),
    *("message_type", "app_id"),
)

FIELDS = {
    "boolean": b"t\x02",
    "signed byte": b"b\x80",
    "unsigned byte": b"B\xff",
    "short": b"s\x80\x00",
    "unsigned short": b"u\xff\xff",
    "integer": b"I\x80\x00\x00\x00",
    "unsigned integer": b"i\xff\xff\xff\xff",
    "long": b"l\x80" + bytes(7),
    "double 1e300": b"d" + struct.pack(">d", 1e300),
    "decimal": b"D\xff\x80\x00\x00\x00",
    "text that is not UTF-8": b"S" + long(NOT_UTF_8),
    "control characters": b"S" + long(CONTROL),
    "byte array": b"x" + long(NOT_UTF_8),
    "empty array": b"A" + long(b""),
    "void": b"V",
    "timestamp": b"T" + _timestamp(2**62),
    "largest timestamp": b"T" + _timestamp(2**64 - 1),
    "table": b"F" + table((NOT_UTF_8, b"V"), (b"", b"t\x01")),
    "nested tables": _nested(b"F", 400),
    "nested arrays": _nested(b"A", HUGE_DEPTH),
    "long text": b"S" + long(b"x" * 100_000),
    "array of 50 000": b"A" + long(b"V" * 50_000),
}

PROPERTIES: dict[str, dict[str, bytes]] = {
    "no properties": {},
    **{f"{name} not UTF-8": {name: short(NOT_UTF_8)} for name in SHORT_TEXTS},
    **{f"{name} with control characters": {name: short(CONTROL)} for name in SHORT_TEXTS},
    **{f"{name} of 255 bytes": {name: short(b"\xe2\x80\xae" * 85)} for name in SHORT_TEXTS},
    **{f"{name} empty": {name: short(b"")} for name in SHORT_TEXTS},
    **{
        f"timestamp {number}": {"timestamp": _timestamp(number)}
        for number in (0, 2**32, 2**48, 2**62, 2**63, 2**64 - 1)
    },
    "priority 255": {"priority": b"\xff"},
    "expiration of hours": {"expiration": short(b"3600000")},
    "cluster ID": {"cluster_id": short(NOT_UTF_8)},
    **{f"header: {name}": _header(value) for name, value in FIELDS.items()},
    "header name not UTF-8": _header(b"V", NOT_UTF_8),
    "header name empty": _header(b"V", b""),
    "20 000 headers": {"headers": table(*((b"%d" % n, b"V") for n in range(14_000)))},
    "request ID with control characters": _text_header(b"x-request-id", CONTROL),
    "request ID of 100 000 bytes": _text_header(b"x-request-id", b"x" * 100_000),
    "request ID as a number": _header(b"I\0\0\0\1", b"x-request-id"),
    "traceparent": _text_header(b"traceparent", CONTROL),
    "tries as text": _text_header(b"x-tries", b"abc"),
    "tries negative": _header(b"I\xff\xff\xff\xff", b"x-tries"),
    "tries as a boolean": _header(b"t\x01", b"x-tries"),
    "tries huge": _header(b"l" + b"\x7f" + b"\xff" * 7, b"x-tries"),
    "error": _text_header(b"x-error", CONTROL * 1000),
    "forged death": _header(b"A" + long(b"I\0\0\0\1"), b"x-death"),
    "sender": _text_header(b"x-sender", b"administrator"),
}
"""Properties, each in its encoded form; the body of the message is valid."""

REFUSED_PROPERTIES: dict[str, dict[str, bytes]] = {
    **{f"delivery mode {mode}": {"delivery_mode": bytes([mode])} for mode in (0, 3, 255)},
    "float NaN": _header(b"f\x7f\xc0\x00\x00"),
    "double infinity": _header(b"d" + struct.pack(">d", float("inf"))),
    "CC as text": _text_header(b"CC", b"elsewhere"),
    "user ID of another user": {"user_id": short(b"administrator")},
    "expiration as text": {"expiration": short(b"soon")},
    "expiration negative": {"expiration": short(b"-1")},
    "unknown header type": _header(b"?"),
    "table longer than its frame": {"headers": long(b"x" * 300_000)},
}
"""Properties that some versions of the broker refuse."""


def body_of(name: str, **changes: Any) -> bytes:
    message = {"id": str(uuid4()), "from_service": "inventory", "payload": {"name": name}}
    return json.dumps(message | changes).encode()


def _deep(levels: int) -> bytes:
    return b'{"id":"1","from_service":"a","payload":' + b'{"a":' * levels + b"1" + b"}" * levels


BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"<xml/>",
    "a number": b"7",
    "a list": b"[{}]",
    "null": b"null",
    "NaN": b'{"id":"1","from_service":"a","payload":{"x":NaN}}',
    "infinity": b'{"id":"1","from_service":"a","payload":{"x":1e999999999999999999999}}',
    "5000 digits": b'{"id":"1","from_service":"a","payload":{"x":' + b"9" * 5000 + b"}}",
    "duplicate keys": b'{"id":"1","id":"2","from_service":"a","payload":{}}',
    "100 000 levels": _deep(100_000) + b"}",
    "unclosed": _deep(5),
    "more than 1 MiB": body_of("x" * 1_048_576),
    "byte order mark": b"\xef\xbb\xbf" + body_of("x"),
    "UTF-16": body_of("x").decode().encode("utf-16"),
    "NUL": b"\0" * 100,
    "not UTF-8": b'{"id":"1","from_service":"\xff","payload":{}}',
    "NUL in the ID": body_of("x", id="a\0b"),
    "line end in the ID": body_of("x", id="a\nb"),
    "lone surrogate in the ID": b'{"id":"\\ud800","from_service":"a","payload":{}}',
    "ID of 256 characters": body_of("x", id="x" * 256),
    "ID as a number": body_of("x", id=7),
    "ID empty": body_of("x", id=""),
    "no ID": b'{"from_service":"a","payload":{}}',
    "sender with control characters": body_of("x", from_service="a\nb\x1b[31m"),
    "sender with bidirectional characters": body_of("x", from_service="a\u202eb"),
    "sender with a lone surrogate": b'{"id":"1","from_service":"\\udfff","payload":{}}',
    "sender as an object": body_of("x", from_service={}),
    "payload as text": body_of("x", payload="x"),
    "payload as a list": body_of("x", payload=[]),
    "no payload": b'{"id":"1","from_service":"a"}',
}
"""Bodies that no handler may receive."""

ACCEPTED_BODIES: dict[str, bytes] = {
    "100 levels": body_of(
        "100 levels", payload={"name": "100 levels", "x": json.loads("[" * 100 + "]" * 100)}
    ),
    "lone surrogate in the payload": body_of("lone surrogate in the payload", x="\ud800"),
    "event with control characters": body_of(
        "x", payload={"name": "event with control characters", "event": "a\nb\x1b[31m"}
    ),
    "unknown members": body_of("unknown members", **{str(n): n for n in range(1000)}),
    "nearly 1 MiB": body_of("nearly 1 MiB", x="x" * 1_000_000),
}
"""Unusual bodies with a valid format, whose payload has the name of the case."""
