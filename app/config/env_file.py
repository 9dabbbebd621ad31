"""Encoding of `.env`, which editors save in several. Standard library only: `dev.py` uses it."""

import codecs
from pathlib import Path

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class EnvFileError(Exception):
    """The file cannot be read; the message names it and holds nothing of its content."""


def find_encoding(file: Path) -> str:
    """Return the encoding of the file: UTF-8, or UTF-16 with a byte order mark.

    Others are refused, because a guess could silently change a password.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return "utf-8"
    except OSError as error:
        raise EnvFileError(f"{file}: cannot be read ({error.strerror})") from None
    encoding = "utf-16" if content.startswith(_UTF_16_MARKS) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise EnvFileError(f"{file}: is not valid {_name(encoding)}; save it as UTF-8") from None
    if "\0" in text:
        raise EnvFileError(f"{file}: contains NUL, like UTF-16 without its mark; save it as UTF-8")
    return encoding


def _name(encoding: str) -> str:
    return "UTF-16" if encoding == "utf-16" else "UTF-8 (it may be Latin-1)"
