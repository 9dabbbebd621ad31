"""Limits of PostgreSQL, and SQL in lines of the allowed width."""

from collections.abc import Sequence
from textwrap import fill

WIDTH = 100

# PostgreSQL: at most 2704 bytes in a B-tree entry with its header, and 32 columns in an index.
ENTRY_BYTES = 2_500
INDEX_COLUMNS = 32


def wrapped(text: str, *, indent: int) -> str:
    """Break SQL into lines, except at no-break spaces; the first line is not indented."""
    filled = fill(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.strip().replace("\xa0", " ")


def fitted(parts: Sequence[str], *, indent: int) -> str:
    """Put the parts on one line, or each on its own if that is too long."""
    line = " ".join(parts)
    return line if indent + len(line) < WIDTH else f"\n{' ' * (indent + 4)}".join(parts)
