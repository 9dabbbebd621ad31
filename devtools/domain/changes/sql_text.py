"""Split and wrap SQL that the generator has written."""

import re
from collections.abc import Iterator

from devtools.domain.sql_lines import WIDTH, wrapped

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
# A word ends at a space, but not within quotes.
_WORD = re.compile(r"(?:'[^']*'|[^\s'])+")

_CLAUSE = re.compile(r" (?=ADD CONSTRAINT |CHECK \(|ADD COLUMN |INCLUDE \(|USING gin )")


def one_line(sql: str) -> str:
    """Return the statement without comments and line breaks, as the texts in quotes are."""
    text = " ".join(_WORD.findall(_COMMENT.sub("", sql)))
    return text.replace("( ", "(").replace(" )", ")")


def broken(sql: str, *, indent: int) -> str:
    """Break a statement of one line into lines, first before its clauses, never within quotes."""
    if indent + len(sql) < WIDTH:
        return sql
    lines = []
    for number, clause in enumerate(_CLAUSE.split(sql)):
        words = (word.replace(" ", "\xa0") for word in _WORD.findall(clause))
        deeper = indent + 4 * bool(number)
        lines.append(" " * deeper + wrapped(" ".join(words), indent=deeper))
    return "\n".join(lines).strip()


def in_parentheses(text: str) -> str:
    """Return what stands between the first parenthesis and the one that closes it."""
    depth, begin = 0, text.index("(") + 1
    for at, sign in _signs(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and sign == ")":
            return text[begin:at]
    raise ValueError(text)


def parts_of(text: str) -> list[str]:
    """Split at the commas outside of parentheses."""
    parts, depth, begin = [], 0, 0
    for at, sign in _signs(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return [*parts, text[begin:].strip()]


def _signs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the characters outside of quotes."""
    for found in re.finditer(r"'[^']*'|.", text):
        if len(found[0]) == 1:
            yield found.start(), found[0]
