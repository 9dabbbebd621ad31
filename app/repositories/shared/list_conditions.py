"""SQL conditions of one list query, and the arguments that they bind."""

import re
from typing import TYPE_CHECKING

from app.models.shared.listing import ListQuery, search_words

if TYPE_CHECKING:
    from app.repositories.shared.listing import Listing


class ListConditions:
    """Conditions on the rows of a list; all values are bound as arguments of one statement."""

    def __init__(self, listing: "Listing", query: ListQuery) -> None:
        self.sort = listing.sorts[query.sort_by]
        self.direction = "DESC" if query.descending else "ASC"
        self._listing = listing
        self._query = query
        self._words = search_words(query.search or "")
        self._arguments: dict[str, object] = {}

    @property
    def arguments(self) -> list[object]:
        return list(self._arguments.values())

    def bind(self, name: str, value: object) -> str:
        """Return the placeholder of an argument; every name is bound once."""
        self._arguments.setdefault(name, value)
        return f"${list(self._arguments).index(name) + 1}"

    def of_rows(self) -> list[str]:
        """Return all conditions."""
        return [*map(self._filter, self._query.filters), *self._of_search()]

    def of_matches(self) -> list[str]:
        """Return all conditions, for the indexes of filters and of the search."""
        search = self._of_short_search() or self._of_search()
        return [*map(self._filter, self._query.filters), *search]

    def of_range(self) -> list[str]:
        """Return conditions on partition and sort key: a range of an index in the list's order."""
        on_key = [self._filter(name) for name in self._query.filters if self._is_on_key(name)]
        in_partition = f"{self._partition} = ANY (ARRAY[partition.value])"
        partition = [in_partition] if self._partition else []
        return [*partition, *on_key, *self.after_position(self.sort)]

    def of_entries(self) -> list[str]:
        """Return the other conditions: on each entry of that range."""
        return [*self._other_filters(), *self._of_search()]

    def of_partitions(self) -> list[str]:
        """Return the condition that filters exclude not all of a partition.

        For the first match alone the planner might read the table, if it expects many.
        """
        if not self._partition or not self._other_filters():
            return []
        rows = where(f"{self._partition} = partition.value", *self._other_filters())
        some = f"SELECT FROM {self._listing.table} {rows} LIMIT 1000"
        return [f"(SELECT count(*) > 0 FROM ({some}) AS some_matches)"]

    def partitions(self) -> str:
        if self._listing.scan_partitions is None:
            return "(SELECT) AS partition"
        column, values = self._listing.scan_partitions
        selected = self._query.filters.get(column)
        bound = self.bind("_partitions", list(values) if selected is None else [selected])
        return f"unnest({bound}::text[]) AS partition (value)"

    def after_position(self, key: str) -> list[str]:
        """Return the condition for rows after the cursor; a comparison of rows uses an index."""
        if self._query.after is None:
            return []
        value, row_id = self._query.after
        comparison = "<" if self._query.descending else ">"
        position = f"({self.bind('_after_key', value)}, {self.bind('_after_id', row_id)})"
        return [f"({key}, id) {comparison} {position}"]

    def order(self, key: str, row_id: str = "id") -> str:
        return f"{key} {self.direction}, {row_id} {self.direction}"

    def index_order(self) -> str:
        """Return the order within a partition, in terms that only the index of the sort has.

        Otherwise the planner might read another index with the sort key, such as the primary key,
        and pass all entries of other partitions.
        """
        leading = f"{self._partition} {self.direction}, " if self._partition else ""
        return leading + self.order(self.sort)

    def _filter(self, name: str) -> str:
        template = self._listing.filters[name]
        return template.format(self.bind(name, self._query.filters[name]))

    def _other_filters(self) -> list[str]:
        names = [name for name in self._query.filters if not self._is_on_key(name)]
        return [self._filter(name) for name in names if name != self._partition]

    def _is_on_key(self, name: str) -> bool:
        return self._listing.filters[name].split()[0] == self.sort

    @property
    def _partition(self) -> str | None:
        return self._listing.scan_partitions and self._listing.scan_partitions[0]

    def _of_search(self) -> list[str]:
        return [
            self._like(f"{self._listing.search}", f"_word_{number}", f"%{escape_like(word)}%")
            for number, word in enumerate(self._words)
        ]

    def _of_short_search(self) -> list[str]:
        """Return the same conditions for the index of pairs, if no word has a trigram.

        With one that has, the index of trigrams finds candidates, and short words are compared.
        """
        if any(re.search(r"[^\W_]{3}", word) for word in self._words):
            return []
        pairs = f"search_pairs({self._listing.search})"
        return [
            self._like(pairs, f"_pairs_{number}", f"%1{'1'.join(map(escape_like, word))}1%")
            for number, word in enumerate(self._words)
        ]

    def _like(self, text: str, name: str, pattern: str) -> str:
        return f"{text} LIKE lower({self.bind(name, pattern)})"


def escape_like(text: str) -> str:
    """Escape text for a LIKE pattern, so that it matches literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def where(*conditions: str) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
