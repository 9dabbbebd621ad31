"""Validate rows of a file with the same schema as request bodies."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.models.shared.import_rows import Batch, RejectedRow, SourceRow, ValidRow
from app.schemas.shared.number_cells import number_hint, plain_number

MAX_BATCH_ROWS = 5_000
MAX_BATCH_CHARACTERS = 8 * 1024 * 1024

BOOLEAN_HINT = "is not true or false (also TRUE and FALSE, 1 and 0)"

_MISSING = object()
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class RowValidator:
    """Validates rows with `schema`; the column `key` is required, even if optional in the API."""

    def __init__(self, schema: type[BaseModel], *, key: str) -> None:
        self._schema = schema
        self._key = key
        self._values = _values_of(*schema.model_fields)
        types = {name: _types(field.annotation) for name, field in schema.model_fields.items()}
        self._numbers = {name for name, kinds in types.items() if kinds & {Decimal, int}}
        self._booleans = {name for name, kinds in types.items() if bool in kinds}
        readers = {
            name: _cell_reader(types[name], has_default=not field.is_required())
            for name, field in schema.model_fields.items()
        }
        self._cell_readers = {name: read for name, read in readers.items() if read is not None}
        self.columns = tuple(schema.model_fields)
        self.required = [name for name, field in schema.model_fields.items() if field.is_required()]
        if key not in self.required:
            self.required.insert(0, key)

    def parse_cells(self, header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
        """Read an empty cell as null, or as missing if the column is not nullable."""
        values: dict[str, Any] = dict(zip(header, cells, strict=True))
        for name, read in self._cell_readers.items():
            if name in values and (value := read(values[name])) is not values[name]:
                if value is _MISSING:
                    del values[name]
                else:
                    values[name] = value
        return values

    def validate(self, row: SourceRow) -> ValidRow | RejectedRow:
        if row.error is not None:
            return RejectedRow(row.line, [row.error], row.original)
        try:
            record = self._schema.model_validate(row.values)
        except ValidationError as error:
            return RejectedRow(row.line, self._reasons(error), row.original)
        values = self._values(record)
        if getattr(record, self._key) is None:
            return RejectedRow(row.line, [f"{self._key}: Field required"], row.original)
        return ValidRow(row.line, frozenset(record.model_fields_set), values, row.original)

    def _reasons(self, error: ValidationError) -> list[str]:
        return list(map(self._reason, error.errors(include_url=False)))

    def _reason(self, problem: ErrorDetails) -> str:
        field = ".".join(map(str, problem["loc"]))[:100]
        hint = None
        if isinstance(text := problem["input"], str):
            hint = (field in self._numbers and number_hint(text)) or (
                field in self._booleans and BOOLEAN_HINT
            )
        message = hint or problem["msg"].removeprefix("Value error, ")
        return f"{field}: {message}" if field else message


def _values_of(*names: str) -> Callable[[object], tuple[Any, ...]]:
    get = attrgetter(*names)
    # attrgetter with one name returns the value, not a tuple.
    return get if len(names) > 1 else lambda record: (get(record),)


def _types(annotation: Any) -> set[Any]:  # noqa: ANN401 - any annotation
    """Flatten `Annotated[A | None, …]` to {A, NoneType}."""
    if get_origin(annotation) is Annotated:
        return _types(get_args(annotation)[0])
    arguments = [each for each in get_args(annotation) if not isinstance(each, str)]
    return set().union(*map(_types, arguments)) if arguments else {annotation}


def _cell_reader(types: set[Any], *, has_default: bool) -> Callable[[str], Any] | None:
    """Return a function from cell text to JSON value, or None if the text needs no conversion."""
    empty = None if NoneType in types else _MISSING
    if Decimal in types or int in types:
        return lambda text: plain_number(text.strip()) if text else empty
    if bool in types:
        return lambda text: _BOOLEANS.get(text.strip().casefold(), text) if text else empty
    if NoneType in types or has_default:
        return lambda text: text or empty
    return None


def validate_in_batches(rows: Iterable[SourceRow], validator: RowValidator) -> Iterator[Batch]:
    batch, count, size = Batch(), 0, 0
    for row in rows:
        checked = validator.validate(row)
        if isinstance(checked, ValidRow):
            batch.valid.append(checked)
        else:
            batch.rejected.append(checked)
        count, size = count + 1, size + sum(map(len, row.original))
        if count == MAX_BATCH_ROWS or size > MAX_BATCH_CHARACTERS:
            yield batch
            batch, count, size = Batch(), 0, 0
    yield batch
