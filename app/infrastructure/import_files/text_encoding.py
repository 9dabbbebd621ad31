"""Recognise the encodings that spreadsheets and editors write."""

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple


class TextEncoding(NamedTuple):
    """`is_plain` is False if a program must be told that the text is not ASCII or UTF-8."""

    codec: str
    label: str
    is_plain: bool = False


UTF_8 = TextEncoding("utf-8", "UTF-8", is_plain=True)
UTF_8_WITH_BOM = TextEncoding("utf-8", "UTF-8")
DAMAGED_UTF_8 = TextEncoding("utf-8", "UTF-8 with invalid bytes")
UTF_16_LE = TextEncoding("utf-16-le", "UTF-16 LE")
UTF_16_BE = TextEncoding("utf-16-be", "UTF-16 BE")
WINDOWS_1252 = TextEncoding("cp1252", "Windows-1252")

# Bytes that are not UTF-8 are decoded to lone surrogates (PEP 383).
_BROKEN = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")
_NOT_WINDOWS_1252 = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")


def find_encoding(chunks: Iterable[bytes]) -> TextEncoding:
    """Read all chunks unless the first one tells; raises UnicodeError for UTF-32."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    return _declared(first) or _scanned([first], chunks)


def _declared(first: bytes) -> TextEncoding | None:
    """Return the encoding of a byte order mark; without one UTF-16 shows by NULs in the header."""
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnicodeError("is in UTF-32: export it as UTF-8")
    if first.startswith(codecs.BOM_UTF8):
        return UTF_8_WITH_BOM
    if first.startswith(codecs.BOM_UTF16_LE) or first[1:2] == b"\0" != first[:1]:
        return UTF_16_LE
    if first.startswith(codecs.BOM_UTF16_BE) or first[:1] == b"\0" != first[1:2]:
        return UTF_16_BE
    return None


def _scanned(first: Iterable[bytes], rest: Iterable[bytes]) -> TextEncoding:
    """Read Windows-1252 only where nothing at all is UTF-8, so that no text is garbled."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    has_broken = has_utf_8 = has_undefined = False
    for chunks in (first, rest, (b"",)):
        for chunk in chunks:
            text = decoder.decode(chunk, final=not chunk)
            if not text.isascii():
                has_broken = has_broken or bool(_BROKEN.search(text))
                has_utf_8 = has_utf_8 or bool(_NOT_ASCII.search(text))
                has_undefined = has_undefined or bool(_NOT_WINDOWS_1252.search(text))
    if not has_broken:
        return UTF_8
    return DAMAGED_UTF_8 if has_utf_8 or has_undefined else WINDOWS_1252


def encoding_notes(encoding: TextEncoding) -> list[str]:
    return [] if encoding in (UTF_8, UTF_8_WITH_BOM) else [f"the encoding is {encoding.label}"]
