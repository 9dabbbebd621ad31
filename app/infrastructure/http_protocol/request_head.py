"""Rules for the head of a request that httptools does not check (RFC 9112)."""

import re
from collections.abc import Collection

from app.infrastructure.http_protocol.refusals import (
    HEAD_TOO_LARGE,
    INVALID_HOST,
    INVALID_TARGET,
    MALFORMED,
    MAX_FIELDS,
    UNKNOWN_CODING,
    UNKNOWN_EXPECTATION,
    UNKNOWN_VERSION,
    VERSIONS,
    RefusedRequestError,
)

Headers = list[tuple[bytes, bytes]]

# RFC 3986, 3.2.2 and 3.2.3; empty for a target without authority.
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")
_ABSOLUTE_FORM = re.compile(rb"https?://([^/?#@]+)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)


def check_headers(headers: Headers, *, version: str) -> None:
    """Raise RefusedRequestError unless the fields that matter to the protocol are valid."""
    if version not in VERSIONS:
        raise RefusedRequestError(UNKNOWN_VERSION)
    if len(headers) > MAX_FIELDS:
        raise RefusedRequestError(HEAD_TOO_LARGE)
    _check_host(_values(headers, b"host"), version)
    if codings := _values(headers, b"transfer-encoding"):
        _check_codings(codings, version)
    expectations = _values(headers, b"expect")
    if version == "1.1" and any(value.lower() != b"100-continue" for value in expectations):
        raise RefusedRequestError(UNKNOWN_EXPECTATION)


def to_origin_form(target: bytes, headers: Headers) -> bytes:
    """Return path and query of an http URL, whose authority replaces Host (RFC 9112, 3.2.2)."""
    match = _ABSOLUTE_FORM.fullmatch(target)
    if match is None:
        raise RefusedRequestError(INVALID_TARGET)
    authority, path, query = match.groups(b"")
    headers[:] = [(name, authority if name == b"host" else value) for name, value in headers]
    return (path or b"/") + query


def _check_host(hosts: Collection[bytes], version: str) -> None:
    is_missing = not hosts and version != "1.0"
    if is_missing or len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
        raise RefusedRequestError(INVALID_HOST)


def _check_codings(codings: Collection[bytes], version: str) -> None:
    # RFC 9112, 6.1: the framing of such a request is faulty.
    if version == "1.0":
        raise RefusedRequestError(MALFORMED)
    if b",".join(codings).lower() != b"chunked":
        raise RefusedRequestError(UNKNOWN_CODING)


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]
