"""Rows of an import file, batches of them, and results."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class SourceRow(NamedTuple):
    """One record of a file: `line` is its first line, `original` its raw cells or text."""

    line: int
    original: Sequence[str]
    values: Any
    error: str | None = None


class ValidRow(NamedTuple):
    """`values` are in column order; `explicit_columns` are those that the file contains."""

    line: int
    explicit_columns: frozenset[str]
    values: tuple[Any, ...]
    original: Sequence[str]


class RejectedRow(NamedTuple):
    line: int
    reasons: Sequence[str]
    original: Sequence[str]


@dataclass
class Batch:
    """Rows that are stored by one upsert; small enough to fit in memory."""

    valid: list[ValidRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)


class StoredChange(NamedTuple):
    """A record before and after an upsert; `old` is None for an inserted row."""

    old: Any
    new: Any


class TakenValues(NamedTuple):
    """A line with the unique values of another record, or of the line `first` of the file."""

    line: int
    columns: Sequence[str]
    first: int | None


class UpsertResult(NamedTuple):
    """Row counts of an upsert; `duplicates` maps a line to the first line with the same key.

    `changes` is empty if the repository was not asked for them. `unknown` are the lines that refer
    to a record that does not exist, each with its column. `taken` are the lines with other unique
    values that are in use.
    """

    inserted: int
    updated: int
    duplicates: dict[int, int]
    changes: Sequence[StoredChange] = ()
    unknown: Sequence[tuple[int, str]] = ()
    taken: Sequence[TakenValues] = ()


@dataclass
class ImportCounts:
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        return self.inserted + self.updated + self.unchanged + self.rejected
