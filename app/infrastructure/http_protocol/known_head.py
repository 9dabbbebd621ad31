"""Recognise a request with the header fields of an earlier one on the same connection."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.infrastructure.http_protocol.overload_response import received_id_in

# Requests with any other line are parsed.
_REQUEST_LINE = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE) (/[!\"$-~]*) HTTP/1\.1\r\n")
_END = b"\r\n\r\n"
# Longer ones are parsed each time: thousands of connections keep theirs.
MAX_SECTION_BYTES = 2048


class KnownHead(NamedTuple):
    """Header section that the parser has accepted, and what was found in it.

    Most clients send the same fields with every request. What follows from them need not be found
    again to refuse the next one.
    """

    section: bytes
    """From the end of the request line to the empty line."""
    caller: str
    received_id: bytes
    body_bytes: int

    def match(self, data: bytes) -> tuple[str, bytes] | None:
        """Return method and target if `data` is one complete request with this section."""
        line = _REQUEST_LINE.match(data)
        if line is None or not data.startswith(self.section, line.end()):
            return None
        if len(data) != line.end() + len(self.section) + self.body_bytes:
            return None
        method, target = line.groups()
        return method.decode(), target


def read_known_head(data: bytes, fields: Mapping[bytes, bytes], caller: str) -> KnownHead | None:
    """Return the head of `data`, which begins with a request that has these fields."""
    line = _REQUEST_LINE.match(data)
    if line is None:
        return None
    section = data[line.end() : data.index(_END, line.end()) + len(_END)]
    if len(section) > MAX_SECTION_BYTES:
        return None
    body_bytes = int(fields.get(b"content-length", 0))
    return KnownHead(section, caller, received_id_in(fields), body_bytes)
