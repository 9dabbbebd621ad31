"""The difference of two tables of a domain, without what its owner has made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from devtools.domain.changes.table import SEARCHED, Table
from devtools.domain.refusal import RefusedError


@dataclass(frozen=True)
class TableChange:
    """The step from the table with fewer columns to the table with more, and back.

    `made` is the table as the migrations have made it; `present` is which of both it should
    equal. Indexes that do not equal those of `present` are the owner's, and stay; so does a primary
    key that foreign keys refer to. `view` is that of a former name, which a rename has left.
    """

    less: Table
    more: Table
    present: Table
    made: Table
    is_referenced: bool
    view: str | None

    @property
    def name(self) -> str:
        return self.more.name

    @property
    def columns(self) -> dict[str, str]:
        return {
            name: definition
            for name, definition in self.more.columns.items()
            if name not in self.less.columns
        }

    @property
    def checks(self) -> dict[str, str]:
        """Constraints that can be added NOT VALID."""
        return _only_in(self.more.checks, self.less.checks)

    @property
    def indexes(self) -> list[str]:
        """Names of the indexes that are built, built anew or dropped; not those of a new search."""
        differing = _differing(self.less.indexes, self.more.indexes)
        searching = self.search_indexes if self.has_other_search else ()
        return [name for name in differing if name not in (*self.kept, *searching)]

    @property
    def keys(self) -> list[str]:
        """Names of the unique constraints, and of the primary key, that are built or dropped."""
        differing = _differing(self.less.keys, self.more.keys)
        return [name for name in differing if name not in self.kept]

    @cached_property
    def kept(self) -> list[str]:
        """Names of indexes and of the primary key that differ from what was generated."""
        differing = (
            *_differing(self.less.indexes, self.more.indexes),
            *_differing(self.less.keys, self.more.keys),
        )
        should, made = ({**table.indexes, **table.keys} for table in (self.present, self.made))
        return [
            name
            for name in differing
            if (name in should and made.get(name) != should[name])
            or (self.is_referenced and name == f"{self.name}_pkey")
        ]

    @property
    def has_other_search(self) -> bool:
        """Whether the stored text that `q` searches changes, which rewrites the table."""
        less, more = (table.columns.get(SEARCHED) for table in (self.less, self.more))
        return less is not None and more is not None and less != more

    @property
    def search_indexes(self) -> list[str]:
        return [name for name, text in self.more.indexes.items() if SEARCHED in text]

    def require_own_search(self) -> None:
        """Refuse to replace a search text that was written by hand."""
        edited = self._is_search_edited or {*self.search_indexes} & {*self.kept}
        if self.has_other_search and edited:
            raise RefusedError(
                f"{SEARCHED} of {self.name} was written by hand: write the migration that"
                " changes it by hand, too"
            )

    def require_droppable(self) -> None:
        """Refuse to drop a column which is part of something that was written by hand."""
        generated = {**self.less.indexes, **self.more.indexes}
        own = {
            name: text
            for name, text in self.made.indexes.items()
            if name in self.kept or name not in generated
        }
        if self._is_search_edited:
            own[SEARCHED] = self.made.columns.get(SEARCHED, "")
        for column in self.columns:
            for name, text in own.items():
                if re.search(rf"\b{column}\b", text):
                    raise RefusedError(
                        f"{name} was written by hand and holds {column}: replace it in a migration"
                        " of your own first"
                    )

    def without_view(self, statements: list[str]) -> list[str]:
        """Drop the view first: one that was created again has the new columns, too."""
        if not self.view:
            return statements
        view = f"CREATE VIEW {self.view} AS SELECT *, xmin FROM {self.name}"  # noqa: S608 - checked
        return [f"DROP VIEW {self.view}", *statements, view]

    @property
    def _is_search_edited(self) -> bool:
        return self.made.columns.get(SEARCHED) != self.present.columns.get(SEARCHED)


def _differing(less: Mapping[str, str], more: Mapping[str, str]) -> list[str]:
    return [name for name in {**less, **more} if less.get(name) != more.get(name)]


def _only_in(more: Mapping[str, str], less: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in more.items() if name not in less}
