"""Escape text from others before it is shown on a terminal or in a log line."""


def printable(text: str, *, limit: int = 500) -> str:
    """Escape control, format and bidirectional characters; cut what is longer than `limit`.

    Line separators, surrogates and unassigned characters are escaped too.
    """
    escaped = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text[: limit + 1]
    )
    return escaped if len(escaped) <= limit else escaped[: limit - 1] + "…"
