"""Raw requests, and the statuses that they and a following request on the connection get."""

from typing import NamedTuple

HOST = b"Host: a\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

SERVED = (200, 200)


class Case(NamedTuple):
    raw: bytes
    # Of this request, then of the next one; a refused request has no next one.
    statuses: tuple[int, ...]
    body: str | None = None
    # A client that sends more after the server has closed may lose the response.
    closes: bool = False


def get(*lines: bytes, target: bytes = b"/", version: bytes = b"HTTP/1.1") -> bytes:
    return b"GET " + target + b" " + version + b"\r\n" + HOST + b"".join(lines) + b"\r\n"


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(lines) + b"\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(CHUNKED, body=body)


def upgrading(*lines: bytes, body: bytes = b"", protocol: bytes = b"h2c") -> bytes:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol + b"\r\n"
    return post(upgrade, b"HTTP2-Settings: AAMAAABk\r\n", *lines, body=body)


CORPUS = {
    # ordinary requests
    "a GET": Case(get(), SERVED, ""),
    "empty lines before a request": Case(b"\r\n\r\n" + get(), SERVED, ""),
    "a body with a length": Case(post(b"Content-Length: 2\r\n", body=b"ab"), SERVED, "ab"),
    "a GET with a body": Case(get(b"Content-Length: 0\r\n"), SERVED, ""),
    "a chunked body": Case(chunked(b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), SERVED, "abc"),
    "a chunk extension": Case(chunked(b'1;a=b;c="d"\r\na\r\n0\r\n\r\n'), SERVED, "a"),
    "a chunk size with zeros": Case(chunked(b"0001\r\na\r\n0\r\n\r\n"), SERVED, "a"),
    "a coding in capitals": Case(
        post(b"Transfer-Encoding: Chunked\r\n", body=b"1\r\na\r\n0\r\n\r\n"), SERVED, "a"
    ),
    "repeated fields": Case(get(b"Cookie: a\r\nCookie: b\r\n"), SERVED, ""),
    "100 fields": Case(get(*[b"a:b\r\n"] * 99), SERVED, ""),
    "HTTP/1.0 without Host": Case(b"GET / HTTP/1.0\r\n\r\n", (200,), closes=True),
    "an empty Host": Case(b"GET / HTTP/1.1\r\nHost:\r\n\r\n", SERVED, ""),
    "an IPv6 Host": Case(b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", SERVED, ""),
    "an http URL": Case(get(target=b"http://b:80/p?q=1"), SERVED, ""),
    "an http URL without path": Case(get(target=b"http://b?q"), SERVED, ""),
    "Expect": Case(
        post(b"Expect: 100-continue\r\nContent-Length: 2\r\n", body=b"ab"), SERVED, "ab"
    ),
    "Connection: close": Case(get(b"Connection: close\r\n"), (200,), closes=True),
    # upgrades
    "h2c without body": Case(upgrading(), SERVED, ""),
    "h2c with a length": Case(upgrading(b"Content-Length: 2\r\n", body=b"ab"), SERVED, "ab"),
    "h2c with chunks": Case(upgrading(CHUNKED, body=b"2\r\nab\r\n0\r\n\r\n"), SERVED, "ab"),
    "h2c with a request as its body": Case(
        upgrading(b"Content-Length: %d\r\n" % len(get()), body=get()), SERVED, get().decode()
    ),
    "h2c twice": Case(upgrading() + upgrading(), (200, 200, 200), ""),
    "h2c with faulty chunks": Case(upgrading(CHUNKED, body=b"x\r\n"), (400,)),
    "h2c without Host": Case(
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", (400,)
    ),
    "a WebSocket": Case(
        upgrading(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", protocol=b"websocket"),
        SERVED,
        "",
    ),
    "CONNECT": Case(b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n", (501,)),
    # trailers
    "trailers": Case(
        chunked(b"1\r\na\r\n0\r\nAuthorization: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), SERVED, "a"
    ),
    "a trailer that expects": Case(chunked(b"0\r\nExpect: nonsense\r\n\r\n"), SERVED, ""),
    "a trailer that upgrades": Case(
        chunked(b"0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), SERVED, ""
    ),
    "a length in a trailer": Case(chunked(b"0\r\nContent-Length: 5\r\n\r\n"), (400,)),
    "98 trailers": Case(chunked(b"0\r\n" + b"a:b\r\n" * 98 + b"\r\n"), SERVED, ""),
    "99 trailers": Case(chunked(b"0\r\n" + b"a:b\r\n" * 99 + b"\r\n"), (431,)),
    # the request line
    "an unknown method": Case(b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "a method in lower case": Case(b"get / HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "no version": Case(b"GET /\r\n\r\n", (505,)),
    "HTTP/0.9": Case(b"GET / HTTP/0.9\r\n\r\n", (505,)),
    "HTTP/1.2": Case(get(version=b"HTTP/1.2"), (400,)),
    "HTTP/2.0": Case(get(version=b"HTTP/2.0"), (505,)),
    "an HTTP/2 preface": Case(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    "a version in lower case": Case(get(version=b"http/1.1"), (400,)),
    "a TLS handshake": Case(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400,)),
    "a space in the target": Case(get(target=b"/a b"), (400,)),
    "a space after the version": Case(get(version=b"HTTP/1.1 "), (400,)),
    "a fragment": Case(get(target=b"/a#b"), (400,)),
    "a relative target": Case(get(target=b"a"), (400,)),
    "an asterisk": Case(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "an ftp URL": Case(get(target=b"ftp://b/"), (400,)),
    "a URL with a password": Case(get(target=b"http://a:b@c/"), (400,)),
    "a byte above 127 in the target": Case(get(target=b"/\xe9"), (400,)),
    "a control character in the target": Case(get(target=b"/\x01"), (400,)),
    "a bare LF after the request line": Case(b"GET / HTTP/1.1\n" + HOST + b"\r\n", (400,)),
    # fields
    "no Host": Case(b"GET / HTTP/1.1\r\n\r\n", (400,)),
    "two Hosts": Case(get(HOST), (400,)),
    "two Hosts in HTTP/1.0": Case(get(HOST, version=b"HTTP/1.0"), (400,)),
    "a Host with a path": Case(b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", (400,)),
    "a Host with a space": Case(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", (400,)),
    "a Host with a user": Case(b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", (400,)),
    "an http URL with a faulty host": Case(get(target=b"http://a\\b/"), (400,)),
    "another expectation": Case(get(b"Expect: 200-ok\r\n"), (417,)),
    "101 fields": Case(get(*[b"a:b\r\n"] * 100), (431,)),
    "a bare LF after a field": Case(b"GET / HTTP/1.1\r\nHost: a\n\r\n", (400,)),
    "a bare CR in a field": Case(get(b"X: a\rb\r\n"), (400,)),
    "NUL in a value": Case(get(b"X: a\0b\r\n"), (400,)),
    "a control character in a value": Case(get(b"X: a\x7fb\r\n"), (400,)),
    "a folded value": Case(get(b"X: a\r\n b\r\n"), (400,)),
    "a space before the first field": Case(b"GET / HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n", (400,)),
    "a space before a colon": Case(get(b"X : a\r\n"), (400,)),
    "a field without colon": Case(get(b"abc\r\n"), (400,)),
    "a field without name": Case(get(b": a\r\n"), (400,)),
    "a byte above 127 in a name": Case(get(b"X\xe9: a\r\n"), (400,)),
    # the length of a body
    "a repeated length": Case(post(b"Content-Length: 2\r\n" * 2, body=b"ab"), (400,)),
    "a list of lengths": Case(post(b"Content-Length: 2, 2\r\n", body=b"ab"), (400,)),
    "a length with a sign": Case(post(b"Content-Length: +2\r\n", body=b"ab"), (400,)),
    "a negative length": Case(post(b"Content-Length: -2\r\n", body=b"ab"), (400,)),
    "a hexadecimal length": Case(post(b"Content-Length: 0x2\r\n", body=b"ab"), (400,)),
    "an empty length": Case(post(b"Content-Length:\r\n", body=b"ab"), (400,)),
    "a length beyond 64 bits": Case(post(b"Content-Length: 99999999999999999999\r\n"), (400,)),
    "a length, then chunks": Case(
        post(b"Content-Length: 5\r\n", CHUNKED, body=b"0\r\n\r\n"), (400,)
    ),
    "chunks, then a length": Case(
        post(CHUNKED, b"Content-Length: 5\r\n", body=b"0\r\n\r\n"), (400,)
    ),
    "gzip and chunks": Case(
        post(b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"), (501,)
    ),
    "gzip, then chunks": Case(
        post(b"Transfer-Encoding: gzip\r\n", CHUNKED, body=b"0\r\n\r\n"), (501,)
    ),
    "chunks twice": Case(post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), (400,)),
    "an unknown coding": Case(post(b"Transfer-Encoding: xchunked\r\n"), (501,)),
    "identity": Case(post(b"Transfer-Encoding: identity\r\n"), (501,)),
    "an empty coding": Case(post(b"Transfer-Encoding:\r\n"), (400,)),
    "chunks in HTTP/1.0": Case(b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n", (400,)),
    # chunks
    "a bare LF after a chunk size": Case(chunked(b"1\na\r\n0\r\n\r\n"), (400,)),
    "a bare LF after a chunk": Case(chunked(b"1\r\na\n0\r\n\r\n"), (400,)),
    "a chunk without end": Case(chunked(b"1\r\nab\r\n0\r\n\r\n"), (400,)),
    "a chunk size with prefix": Case(chunked(b"0x1\r\na\r\n0\r\n\r\n"), (400,)),
    "a chunk size with a sign": Case(chunked(b"+1\r\na\r\n0\r\n\r\n"), (400,)),
    "a space after a chunk size": Case(chunked(b"1 \r\na\r\n0\r\n\r\n"), (400,)),
    "no chunk size": Case(chunked(b"\r\na\r\n0\r\n\r\n"), (400,)),
    "a chunk size beyond 64 bits": Case(chunked(b"f" * 17 + b"\r\na\r\n"), (400,)),
    "a bare LF in a chunk extension": Case(chunked(b"1;a\nb\r\na\r\n0\r\n\r\n"), (400,)),
    # several requests
    "three at once": Case(get() * 3, (200, 200, 200, 200), ""),
    "a faulty one after two": Case(get() * 2 + b"x", (200, 200, 400), ""),
    "one after Connection: close": Case(
        get(b"Connection: close\r\n") + get(), (200,), "", closes=True
    ),
    "a faulty body after another request": Case(get() + chunked(b"x\r\n"), (200, 400), ""),
}
