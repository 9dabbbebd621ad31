"""Values that no two records of a domain may share: of one field, or of several together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devtools.domain.field import Field
from devtools.domain.field_parser import MIN_UNIQUE_INTEGERS, MIN_UNIQUE_LENGTH
from devtools.domain.names import camel
from devtools.domain.refusal import RefusedError
from devtools.domain.sql_lines import ENTRY_BYTES

# With the longest name of a domain, `_key` and the `_new` of a key that is built again, within the
# 63 characters of PostgreSQL.
MAX_CONSTRAINT = 30
# Keeps the name of the error within a line.
MAX_CODE = 60


@dataclass(frozen=True)
class UniqueKey:
    """The fields of a key, and the names of its constraint and its error."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]

    @property
    def text(self) -> str:
        """As on the command line and in the record of the domain."""
        return ",".join(self.names)

    @property
    def what(self) -> str:
        """Start of its code: `sku`, `customer_id_and_number`."""
        return "_and_".join(self.names)

    @property
    def error(self) -> str:
        return f"{camel(self.what)}TakenError"

    @property
    def constraint(self) -> str:
        """Name of the constraint without that of the table."""
        return f"{'_'.join(self.names)[:MAX_CONSTRAINT].rstrip('_')}_key"

    @property
    def literal(self) -> str:
        """The names in Python: a string, or a tuple of several."""
        names = ", ".join(f'"{name}"' for name in self.names)
        return names if len(self.fields) == 1 else f"({names})"

    def values(self, record: str) -> str:
        """The arguments of its error for the record in this variable: several by keyword."""
        if len(self.fields) == 1:
            return f"{record}.{self.names[0]}"
        return ", ".join(f"{name}={record}.{name}" for name in self.names)

    @property
    def message(self) -> Iterator[str]:
        """Parts of the message of its error, with the names of the fields in braces."""
        for number, field in enumerate(self.fields):
            words = _words(field)
            yield f"{words if number == 0 else f' and {_uncapitalized(words)}'} {{{field.name}}}"
        yield " belongs to another" if len(self.fields) == 1 else " belong to another"

    @property
    def counted(self) -> Field | None:
        """Field that tests count up in every body, unless it may be null."""
        return next(filter(_is_counted, self.fields), None)

    @property
    def pair(self) -> tuple[Field, Field] | None:
        """Two references whose pairs differ in every body, if there is nothing else."""
        if self.counted or self.is_optional:
            return None
        references = [field for field in self.fields if field.kind == "ref"]
        return (references[0], references[1]) if len(references) > 1 else None

    @property
    def is_optional(self) -> bool:
        """Whether a body without a field has null in the key, which equals nothing."""
        return any(field.optional for field in self.fields)

    @property
    def sampled(self) -> Field | None:
        """Field that differs in all samples."""
        if self.pair:
            return self.pair[1]
        many = (
            field for field in self.fields if field.kind not in ("enum", "bool", "int", "bigint")
        )
        return self.counted or next(many, None)


def read_key(text: str, fields: Iterable[Field]) -> UniqueKey:
    """Read `customer_id,number`; raise RefusedError if these fields cannot be unique together."""
    known = {field.name: field for field in fields}
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        raise _refused(text, f"there is no field {unknown[0]!r}; the fields are {', '.join(known)}")
    key = UniqueKey(tuple(known[name] for name in names))
    if problem := _problem(key):
        raise _refused(text, problem)
    return key


def read_keys(texts: Sequence[str], fields: Iterable[Field]) -> list[UniqueKey]:
    """Read all combinations; raise RefusedError if one implies another or has its name."""
    alone = [UniqueKey((field,)) for field in fields if field.unique]
    keys: list[UniqueKey] = []
    for text in texts:
        key = read_key(text, fields)
        for other in (*alone, *keys):
            if {*key.names} <= {*other.names} or {*key.names} >= {*other.names}:
                raise _refused(text, f"with {other.text}, one of both is redundant")
            if key.constraint == other.constraint or key.what == other.what:
                raise _refused(text, f"the key of {other.text} has the same name")
            if key.pair and other.pair:
                raise _refused(text, f"only {other.text} or these can be of references alone")
        keys.append(key)
    return keys


def _problem(key: UniqueKey) -> str | None:
    if len({*key.names}) < max(2, len(key.fields)):
        return "expected two fields or more, each once"
    if unique := [field.name for field in key.fields if field.unique]:
        return f"{unique[0]} is unique alone"
    if sum(field.bytes for field in key.fields) > ENTRY_BYTES:
        return "the values do not fit into an index; PostgreSQL allows 2704 bytes"
    if len(key.what) > MAX_CODE:
        return f"{key.what} is too long for the name of its error"
    if key.counted or key.pair or (key.is_optional and key.sampled):
        return None
    return (
        f"expected a str({MIN_UNIQUE_LENGTH}), email, uuid, date, an int without narrow bounds or"
        " two references among the fields, or one that may be null: the tests need many different"
        " records"
    )


def _is_counted(field: Field) -> bool:
    """Whether tests can count up its values."""
    if field.kind == "str":
        return field.length >= MIN_UNIQUE_LENGTH
    return field.kind in ("date", "email", "uuid") or (
        field.is_integer and field.high - field.low > MIN_UNIQUE_INTEGERS
    )


def _words(field: Field) -> str:
    """Return what the value is of: the ID of a customer is that of `Customer`."""
    is_reference = field.kind == "ref"
    return field.referenced_word.replace("_", " ").capitalize() if is_reference else field.words


def _uncapitalized(words: str) -> str:
    return words if words.isupper() else words[0].lower() + words[1:]


def _refused(text: str, problem: str) -> RefusedError:
    return RefusedError(f"--unique {text}: {problem}")
