"""What the templates are filled in with: the domain as a whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from devtools.domain.field import MAX_INTEGER, Field
from devtools.domain.names import Names
from devtools.domain.samples import Samples

WIDTH = 100

# An entry of a B-tree has 2704 bytes at most, and some of them are its own.
ENTRY_BYTES = 2_500

STAMPS_FIRST = ("id", "created_at", "updated_at")


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    names: Names
    fields: tuple[Field, ...]
    revision: str
    down_revision: str

    @property
    def samples(self) -> Samples:
        return Samples(self.fields)

    @property
    def unique(self) -> list[Field]:
        return [field for field in self.fields if field.unique]

    @property
    def enums(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "enum"]

    @property
    def aliases(self) -> list[Field]:
        return [field for field in self.fields if field.has_alias]

    @property
    def searched(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "str"]

    @property
    def filtered(self) -> list[Field]:
        return [field for field in self.fields if field.is_range or field.is_short]

    @property
    def sorted(self) -> list[Field]:
        return [field for field in self.fields if field.is_sorted]

    @property
    def sorts(self) -> list[str]:
        return [*STAMPS_FIRST, *(field.name for field in self.sorted)]

    @property
    def lead(self) -> Field | None:
        """The column that leads every sorting index: of few values, and never null."""
        return next((field for field in self.enums if not field.optional), None)

    @property
    def facets(self) -> list[Field]:
        """What few values tell apart: any of them can be left out of a condition (skip scan)."""
        few = [field for field in self.fields if field.kind in ("enum", "bool")]
        # Where only one leads, the index that sorts by id serves as well.
        return [] if few == [self.lead] else sorted(few, key=lambda field: field is not self.lead)

    @property
    def looked_up(self) -> list[Field]:
        """Filters that no sorting index serves, since they may be null."""
        return [
            field
            for field in self.filtered
            if not (field.is_sorted or field.unique or field.kind in ("enum", "bool"))
        ]

    def included(self, *keys: str) -> str:
        """The other columns that filters ask for, as far as they fit in an index entry."""
        spent = sum(field.bytes for field in self.fields if field.name in keys)
        names = []
        for field in self.filtered:
            if field.name not in keys and not field.unique and spent + field.bytes <= ENTRY_BYTES:
                spent += field.bytes
                names.append(field.name)
        return ", ".join(names)

    @property
    def walks(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The key columns of the index for each sort, by the sort."""
        lead = (self.lead.name,) if self.lead else ()
        for sort in self.sorts:
            yield sort, tuple(dict.fromkeys((*lead, sort, "id")))

    @property
    def search_text(self) -> str:
        texts = [
            f"coalesce({field.name}, '')" if field.optional else field.name
            for field in self.searched
        ]
        return wrapped(" || chr(31) || ".join(texts), indent=20)

    @property
    def columns(self) -> str:
        names = ["id", *(field.name for field in self.fields), *STAMPS_FIRST[1:], "version"]
        return wrapped(", ".join(names), indent=4)

    @property
    def identity(self) -> str:
        key = f"CONSTRAINT {self.names.plural}_pkey PRIMARY KEY"
        return _fitted(["id bigint GENERATED ALWAYS AS IDENTITY", key], indent=12)

    def definition(self, field: Field) -> str:
        """A column of the table, on more than one line where it must be."""
        parts = [f"{field.name} {field.column}" + ("" if field.optional else " NOT NULL")]
        if field.default is not None:
            parts.append(f"DEFAULT {field.sql_default}")
        if field.unique:
            parts.append(f"CONSTRAINT {self.names.plural}_{field.name}_key UNIQUE")
        return _fitted(parts, indent=12)

    def index(self, name: str, keys: Sequence[str]) -> str:
        table = self.names.plural
        made = f"CREATE INDEX {table}_{name}"
        text = _fitted([made, f"ON {table} ({', '.join(keys)})"], indent=8)
        if included := self.included(*keys):
            text += f"\n{' ' * 12}INCLUDE ({wrapped(included, indent=21)})"
        return text

    @property
    def checks(self) -> Iterator[str]:
        for field in self.fields:
            if check := _check(field):
                yield self._constraint(*check)

    def _constraint(self, name: str, condition: str) -> str:
        check = f"CHECK ({wrapped(condition, indent=23)}),"
        return _fitted([f"CONSTRAINT {self.names.plural}_{name}", check], indent=12)


def wrapped(text: str, *, indent: int) -> str:
    """Break SQL into lines; the first one follows what stands there already."""
    filled = fill(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.strip()


def _fitted(parts: Sequence[str], *, indent: int) -> str:
    """Put the parts on one line, or on a line each if that were too long."""
    line = " ".join(parts)
    return line if indent + len(line) < WIDTH else f"\n{' ' * (indent + 4)}".join(parts)


def numbered(fields: Iterable[Field], start: int = 1) -> list[str]:
    return [f"${number}" for number, _ in enumerate(fields, start)]


def _check(field: Field) -> tuple[str, str] | None:
    name = field.name
    if field.kind == "str":
        return f"{name}_length", f"char_length({name}) BETWEEN 1 AND {field.length}"
    if field.kind == "enum":
        values = ", ".join(f"'{value}'" for value in field.values)
        return f"{name}_known", f"{name} IN ({values})"
    if field.kind == "money":
        return f"{name}_range", f"{name} > 0 AND {name} <= 9999999999.99"
    if field.kind == "int":
        limits = [f"{name} >= {field.low}"] if field.low >= -MAX_INTEGER else []
        limits += [f"{name} <= {field.high}"] if field.high < MAX_INTEGER else []
        return (f"{name}_range", " AND ".join(limits)) if limits else None
    return None
