"""Data of a whole domain for the templates: names, columns, indexes and checks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devtools.domain.checks import check_of
from devtools.domain.choices import NO_CHOICES, SYSTEM_SORTS, Choices
from devtools.domain.field import Field
from devtools.domain.names import Names
from devtools.domain.samples import Samples
from devtools.domain.sql_lines import ENTRY_BYTES, INDEX_COLUMNS, fitted, wrapped
from devtools.domain.unique_keys import UniqueKey, read_keys


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """A domain as requested on the command line; the templates read its attributes by name.

    `secondary` are names of fields that `q` does not search and that lead no index.
    """

    names: Names
    fields: tuple[Field, ...]
    revision: str
    down_revision: str
    secondary: frozenset[str] = frozenset()
    choices: Choices = NO_CHOICES

    @property
    def samples(self) -> Samples:
        return Samples(self.fields, tuple(self.unique_together))

    @property
    def keys(self) -> list[UniqueKey]:
        return [*(UniqueKey((field,)) for field in self.unique), *self.unique_together]

    @property
    def unique_together(self) -> list[UniqueKey]:
        return read_keys(self.choices.unique, self.fields)

    @property
    def unique(self) -> list[Field]:
        return [field for field in self.fields if field.unique]

    @property
    def enums(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "enum"]

    @property
    def references(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "ref"]

    @property
    def targets(self) -> list[str]:
        """Plurals of the domains that this one refers to, each once."""
        return sorted({field.target for field in self.references})

    @property
    def aliases(self) -> list[Field]:
        return [field for field in self.fields if field.has_alias]

    @property
    def searched(self) -> list[Field]:
        texts = [field for field in self.fields if field.is_text]
        return [
            field
            for field in texts
            if not self.choices.no_search and field.name not in self.secondary
        ]

    @property
    def filtered(self) -> list[Field]:
        return [field for field in self.fields if field.is_range or field.is_short or field.unique]

    @property
    def sorts(self) -> list[str]:
        possible = [*SYSTEM_SORTS, *(field.name for field in self.fields if field.is_sorted)]
        # Also those of fields that have been removed since.
        chosen = self.choices.sort_by
        return [name for name in possible if not chosen or name in ("id", *chosen)]

    @property
    def lead(self) -> Field | None:
        """First column of every index for a sort, if there is one: an enum that is never null."""
        candidates = (field for field in self.enums if field.name not in self.secondary)
        return next((field for field in candidates if not field.optional), None)

    @property
    def facets(self) -> list[Field]:
        """Columns with few values, all in one index: a skip scan allows filters to omit any."""
        few = [field for field in self.fields if field.kind in ("enum", "bool")]
        # With one column only, the index that sorts by id does the same.
        if few == [self.lead]:
            return []
        return sorted(few, key=lambda field: field is not self.lead)[: INDEX_COLUMNS - 1]

    @property
    def looked_up(self) -> list[Field]:
        """Filtered fields without an index for a sort: null, or left out by `--sort-by`."""
        many = (field for field in self.filtered if field.kind not in ("enum", "bool"))
        return [field for field in many if not (field.name in self.sorts or field.unique)]

    def included(self, *keys: str) -> str:
        """List the other filtered columns for INCLUDE, as far as they fit into an index entry."""
        spent = sum(field.bytes for field in self.fields if field.name in keys)
        names = []
        for field in self.filtered:
            if field.name not in keys and not field.unique and spent + field.bytes <= ENTRY_BYTES:
                spent += field.bytes
                names.append(field.name)
        return ", ".join(names[: INDEX_COLUMNS - len(keys)])

    @property
    def sort_indexes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Pairs of a sort column and the key columns of its index.

        Without a leading column the primary key is the index for the sort by ID.
        """
        lead = (self.lead.name,) if self.lead else ()
        for sort in self.sorts if lead else self.sorts[1:]:
            yield sort, tuple(dict.fromkeys((*lead, sort, "id")))

    @property
    def search_text(self) -> str:
        texts = [
            f"coalesce({field.name}, '')" if field.optional else field.name
            for field in self.searched
        ]
        return wrapped(" || chr(31) || ".join(texts) + ")", indent=22)

    @property
    def search_columns(self) -> str:
        names = [field.name for field in self.filtered if not (field.is_range or field.unique)]
        columns = ["search_text gin_trgm_ops", *names[: INDEX_COLUMNS - 1]]
        return wrapped(", ".join(columns) + ")", indent=23)

    @property
    def columns(self) -> str:
        names = ["id", *(field.name for field in self.fields), *SYSTEM_SORTS[1:], "version"]
        return wrapped(", ".join(names), indent=4)

    @property
    def identity(self) -> str:
        parts = ["id bigint GENERATED ALWAYS AS IDENTITY"]
        if not self.primary_key:
            parts.append(f"CONSTRAINT {self.names.plural}_pkey PRIMARY KEY")
        return fitted(parts, indent=12)

    @property
    def primary_key(self) -> str:
        """The primary key as the index for the sort by ID, with the filtered columns."""
        included = "" if self.lead else self.included("id")
        key = f"CONSTRAINT {self.names.plural}_pkey PRIMARY KEY (id)"
        columns = f"INCLUDE ({wrapped(included + '),', indent=25)}"
        return fitted([key, columns], indent=12) if included else ""

    def definition(self, field: Field) -> str:
        """Return the definition of a column, on several lines if one would be too long."""
        parts = [f"{field.name} {field.column}" + ("" if field.optional else " NOT NULL")]
        if field.default is not None:
            parts.append(f"DEFAULT {field.sql_default}")
        if field.unique:
            parts.append(f"CONSTRAINT {self.names.plural}_{field.name}_key UNIQUE")
        if field.kind == "ref":
            parts.append(f"CONSTRAINT {self.names.plural}_{field.name}_fkey")
            parts.append(f"REFERENCES {field.target}")
        return fitted(parts, indent=12)

    def index(self, name: str, keys: Sequence[str]) -> str:
        table = self.names.plural
        made = f"CREATE INDEX {table}_{name}"
        place = f"ON {table} ("
        columns = wrapped(", ".join(keys) + ")", indent=12 + len(place))
        text = fitted([made, place + columns], indent=8)
        if included := self.included(*keys):
            text += f"\n{' ' * 12}INCLUDE ({wrapped(included + ')', indent=21)}"
        return text

    @property
    def combinations(self) -> Iterator[str]:
        """The constraints of the fields that are unique together."""
        for key in self.unique_together:
            columns = f"UNIQUE ({', '.join(key.names)}),"
            yield fitted([f"CONSTRAINT {self.names.plural}_{key.constraint}", columns], indent=12)

    @property
    def checks(self) -> Iterator[str]:
        for field in self.fields:
            if check := check_of(field):
                yield self._constraint(*check)

    def _constraint(self, name: str, condition: str) -> str:
        check = f"CHECK ({wrapped(condition + '),', indent=23)}"
        return fitted([f"CONSTRAINT {self.names.plural}_{name}", check], indent=12)


def numbered(fields: Iterable[Field], start: int = 1) -> list[str]:
    return [f"${number}" for number, _ in enumerate(fields, start)]
