"""Rules that squawk lacks: statements that old code or a busy table cannot live with.

Statements about a table that the same migration creates break none of them.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class OwnRule(NamedTuple):
    name: str
    pattern: re.Pattern[str]
    message: str


class Breach(NamedTuple):
    rule: str
    statement: str
    message: str


def _rule(name: str, pattern: str, message: str) -> OwnRule:
    return OwnRule(name, re.compile(pattern, re.IGNORECASE | re.VERBOSE), message)


_TABLE = r'(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<table>[\w."]+)'
RULES = (
    _rule(
        "changes-rows",
        rf"^(?:WITH\b.*\b)?(?:UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+{_TABLE}",
        "It locks rows until the migration ends, and caches do not notice it: fill in batches.",
    ),
    _rule(
        "new-unique-index",
        rf"^CREATE\s+UNIQUE\s+INDEX\s.*?\sON\s+{_TABLE}",
        "Old code may store duplicates, and does not know the error of this index.",
    ),
    _rule(
        "new-constraint",
        rf"^ALTER\s+TABLE\s+{_TABLE}\s+ADD\s+(?:CONSTRAINT\s+\S+\s+)?(?:CHECK|FOREIGN\s+KEY)\b",
        "It holds for new rows at once, also with NOT VALID: old code must refuse the values.",
    ),
    _rule(
        "new-trigger",
        rf"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?(?:TRIGGER|RULE)\s.*?\sON\s+{_TABLE}",
        "Old code does not know what it changes or refuses.",
    ),
    _rule(
        "row-security",
        rf"^ALTER\s+TABLE\s+{_TABLE}\s+(?:ENABLE|FORCE)\s+ROW\s+LEVEL\s+SECURITY",
        "Old code no longer sees its rows.",
    ),
    _rule(
        "revokes-rights", r"^REVOKE\b.*?\bON\s+(?P<table>\S+)", "Old code may need these rights."
    ),
    _rule(
        "blocks-table",
        rf"^(?:LOCK(?:\s+TABLE)?|CLUSTER|VACUUM\s+\(?\s*FULL\b[^)]*\)?)\s+{_TABLE}",
        "Reads and writes wait until it ends.",
    ),
    _rule(
        "adds-serial",
        # The type, not a column of this name.
        rf"^ALTER\s+TABLE\s+{_TABLE}\s(?:.*\s)?ADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
        r"(?!COLUMN\s|IF\s)\S+\s+(?:small|big)?serial\b",
        "The table is rewritten, while reads and writes wait.",
    ),
)
_CREATED = re.compile(
    r'^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>[\w."]+)', re.IGNORECASE
)
_ADDED = re.compile(r'\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)', re.IGNORECASE)


def find_breaches(statements: Sequence[str]) -> Iterator[Breach]:
    """Yield the statements that break a rule, in their order."""
    texts = [" ".join(re.sub(r"--[^\n]*", "", statement).split()) for statement in statements]
    created = {match["table"] for match in map(_CREATED.match, texts) if match}
    added = {name for text in texts for name in _ADDED.findall(text)}
    for statement, text in zip(statements, texts, strict=True):
        for rule in RULES:
            match = rule.pattern.match(text)
            if match is None or match["table"] in created:
                continue
            # Old code writes no column that the migration adds.
            if rule.name == "new-constraint" and added & {*re.findall(r"\w+", text[match.end() :])}:
                continue
            yield Breach(rule.name, statement, rule.message)
