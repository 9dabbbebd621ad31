"""Rows of a file, held to the same schema as bodies of the API."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.models.import_rows import Batch, RejectedRow, SourceRow, ValidRow

BATCH_ROWS = 5_000
BATCH_CHARACTERS = 8 * 1024 * 1024

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_NOTHING = object()
_BOOLEANS = {"true": True, "false": False}


class RowValidator:
    """Makes rows of `schema` from records; `key` must be given, though the API may not ask it."""

    def __init__(self, schema: type[BaseModel], *, key: str) -> None:
        self._schema = schema
        self._key = key
        self._values = _values_of(*schema.model_fields)
        readers = {
            name: _reader(_types(field.annotation), has_default=not field.is_required())
            for name, field in schema.model_fields.items()
        }
        self._not_plain = {name: read for name, read in readers.items() if read is not None}
        self.columns = tuple(schema.model_fields)
        self.required = [name for name, field in schema.model_fields.items() if field.is_required()]
        if key not in self.required:
            self.required.insert(0, key)

    @property
    def known(self) -> Collection[str]:
        return self.columns

    def from_text(self, header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
        """Take an empty cell for null or, where null may not be, for one that is not there."""
        values: dict[str, Any] = dict(zip(header, cells, strict=True))
        for name, read in self._not_plain.items():
            if name in values and (value := read(values[name])) is not values[name]:
                if value is _NOTHING:
                    del values[name]
                else:
                    values[name] = value
        return values

    def validate(self, row: SourceRow) -> ValidRow | RejectedRow:
        if row.problem is not None:
            return RejectedRow(row.line, [row.problem], row.original)
        try:
            record = self._schema.model_validate(row.values)
        except ValidationError as error:
            return RejectedRow(row.line, _reasons(error), row.original)
        values = self._values(record)
        if getattr(record, self._key) is None:
            return RejectedRow(row.line, [f"{self._key}: Field required"], row.original)
        return ValidRow(row.line, frozenset(record.model_fields_set), values, row.original)


def _values_of(*names: str) -> Callable[[object], tuple[Any, ...]]:
    get = attrgetter(*names)
    # Of one name it gives the value itself.
    return get if len(names) > 1 else lambda record: (get(record),)


def _types(annotation: Any) -> set[Any]:  # noqa: ANN401 - any annotation
    """Flatten `Annotated[A | None, …]` to {A, NoneType}."""
    if get_origin(annotation) is Annotated:
        return _types(get_args(annotation)[0])
    arguments = [each for each in get_args(annotation) if not isinstance(each, str)]
    return set().union(*map(_types, arguments)) if arguments else {annotation}


def _reader(types: set[Any], *, has_default: bool) -> Callable[[str], Any] | None:
    """Give what makes JSON of a cell, None if the text is as good as that."""
    empty = None if NoneType in types else _NOTHING
    if Decimal in types or int in types:
        return lambda text: _number(text.strip()) if text else empty
    if bool in types:
        return lambda text: _BOOLEANS.get(text.strip(), text) if text else empty
    if NoneType in types or has_default:
        return lambda text: text or empty
    return None


def _number(text: str) -> Decimal | str:
    """Leave it to the schema to refuse what is no number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _reasons(error: ValidationError) -> list[str]:
    return list(map(_reason, error.errors(include_url=False, include_input=False)))


def _reason(problem: ErrorDetails) -> str:
    field = ".".join(map(str, problem["loc"]))[:100]
    message = problem["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def in_batches(rows: Iterable[SourceRow], validator: RowValidator) -> Iterator[Batch]:
    batch, count, size = Batch(), 0, 0
    for row in rows:
        checked = validator.validate(row)
        if isinstance(checked, ValidRow):
            batch.valid.append(checked)
        else:
            batch.rejected.append(checked)
        count, size = count + 1, size + sum(map(len, row.original))
        if count == BATCH_ROWS or size > BATCH_CHARACTERS:
            yield batch
            batch, count, size = Batch(), 0, 0
    yield batch
