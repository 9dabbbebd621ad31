"""Random changes of raw requests."""

import random

FRAGMENTS = [
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b"\0", b"\xff", b":", b";", b",", b"#"),
    *(b"0\r\n\r\n", b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"Content-Length: 3\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Upgrade: h2c\r\nConnection: upgrade\r\n"),
    *(b"Expect: 100-continue\r\n", b"Connection: close\r\n"),
]


def mutate(raw: bytes, generator: random.Random) -> bytes:
    """Insert and replace a few fragments."""
    for _ in range(generator.randint(1, 4)):
        start = generator.randrange(len(raw) + 1)
        end = min(len(raw), start + generator.choice([0, 0, 0, 1, 1, 5]))
        raw = raw[:start] + generator.choice(FRAGMENTS) + raw[end:]
    return raw
