"""Rows on their way from a file into a table, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class SourceRow(NamedTuple):
    """One record of a file; `line` is the one it starts on, and `original` can be written back."""

    line: int
    original: Sequence[str]
    values: Any
    problem: str | None = None


class ValidRow(NamedTuple):
    """`values` stand in column order; `given` names those that the file really holds."""

    line: int
    given: frozenset[str]
    values: tuple[Any, ...]
    original: Sequence[str]


class RejectedRow(NamedTuple):
    line: int
    reasons: Sequence[str]
    original: Sequence[str]


@dataclass
class Batch:
    """Rows that are stored in one go: enough to be quick, few enough to be held in memory."""

    valid: list[ValidRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)


class Stored(NamedTuple):
    """What a batch changed; `repeated` maps a row's line to the first that has its key."""

    inserted: int
    updated: int
    repeated: dict[int, int]


@dataclass
class ImportCounts:
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        return self.inserted + self.updated + self.unchanged + self.rejected
