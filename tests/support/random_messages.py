"""Random messages whose encoding is valid."""

import random
import struct

from tests.support.hostile_messages import body_of
from tests.support.raw_amqp import long, short


def random_value(source: random.Random, depth: int = 0) -> bytes:
    kind = source.choice(
        [b"t", b"b", b"I", b"l", b"f", b"d", b"D", b"S", b"x", b"A", b"F", b"T", b"V"]
    )
    sizes = {b"t": 1, b"b": 1, b"I": 4, b"l": 8, b"f": 4, b"d": 8, b"D": 5, b"T": 8, b"V": 0}
    if kind in sizes:
        return kind + source.randbytes(sizes[kind])
    if kind in (b"S", b"x") or depth > 3:
        return b"S" + long(source.randbytes(source.randrange(40)))
    values = [random_value(source, depth + 1) for _ in range(source.randrange(4))]
    if kind == b"F":
        values = [short(source.randbytes(source.randrange(20))) + value for value in values]
    return kind + long(b"".join(values))


def random_properties(source: random.Random) -> dict[str, bytes]:
    entries = (
        short(source.randbytes(source.randrange(9))) + random_value(source) for _ in range(5)
    )
    texts = ("content_type", "content_encoding", "reply_to", "message_id", "message_type", "app_id")
    values = {
        "headers": long(b"".join(entries)),
        "timestamp": struct.pack(">Q", source.getrandbits(source.randrange(1, 65))),
        "priority": source.randbytes(1),
        "delivery_mode": bytes([source.randrange(1, 3)]),
        **{name: short(source.randbytes(source.randrange(256))) for name in texts},
    }
    return {name: value for name, value in values.items() if source.random() < 0.5}


def random_body(source: random.Random) -> bytes:
    body = bytearray(body_of(f"random {source.random()}"))
    for _ in range(source.randrange(4)):
        body[source.randrange(len(body))] = source.randrange(256)
    return bytes(body[: source.randrange(len(body))]) if source.random() < 0.2 else bytes(body)
