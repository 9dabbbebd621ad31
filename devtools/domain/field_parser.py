"""Parse `quantity:int>0`, `status:enum(new,paid)=new`, `note:text?`, `number:str(20) unique`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from devtools.domain.defaults import DEFAULTS
from devtools.domain.field import Field
from devtools.domain.field_spelling import spellings_of
from devtools.domain.field_types import NAME_LENGTH
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError, pointing_at
from devtools.domain.reserved import FIELD_WORDS, PYTHON, SCHEMA_NAMES, SQL, TYPES
from devtools.domain.type_parser import TYPE_FORMS, TypeReader

MAX_NAME = 25
MIN_UNIQUE_LENGTH = 3
MIN_UNIQUE_INTEGERS = 10_000
UNIQUE_FORMS = f"str({MIN_UNIQUE_LENGTH}) to str({NAME_LENGTH}), email, int, bigint or uuid"

_SUFFIXES = ("create", "update", "filters", "response", "page", "not_found_error")


def read_fields(texts: Sequence[str], names: Names) -> tuple[Field, ...]:
    if not texts:
        raise RefusedError("At least one --field is required, such as --field 'name:str(100)'")
    fields = tuple(_read_field(text, names) for text in texts)
    seen: dict[str, str] = {}
    for field, text in zip(fields, texts, strict=True):
        for name in {field.name, field.alias if field.has_alias else field.type_name}:
            if name in seen:
                raise pointing_at(text, 0, f"duplicate of {seen[name]!r}")
            seen[name] = text
    _refuse_hiding(fields, texts)
    return fields


def _read_field(text: str, names: Names) -> Field:
    try:
        return _FieldReader(text, names).field()
    except RefusedError as refusal:
        if spelling := next(filter(partial(_is_field, names), spellings_of(text)), None):
            raise RefusedError(f"{refusal}; write '{spelling}'") from None
        raise


def _is_field(names: Names, text: str) -> bool:
    try:
        _FieldReader(text, names).field()
    except RefusedError:
        return False
    return True


def _refuse_hiding(fields: Sequence[Field], texts: Sequence[str]) -> None:
    """Refuse names that would hide what the classes of these fields use."""
    used = {"field" for field in fields if field.is_moment}
    used |= {field.moment for field in fields if field.is_moment}
    used |= {"time" for field in fields if field.kind == "time"}
    for field, text in zip(fields, texts, strict=True):
        if field.name in used:
            raise pointing_at(text, 0, f"{field.name} is used by another field of this domain")


class _FieldReader(TypeReader):
    """Parser of one field."""

    def __init__(self, text: str, names: Names) -> None:
        super().__init__(text)
        self._names = names

    def field(self) -> Field:
        name = self._name()
        self.expect(":", "expected a colon and a type: " + TYPE_FORMS)
        start = self.at
        values: dict[str, Any] = {"owner": self._names.singular, "name": name, **self.read_type()}
        if values["kind"] == "ref":
            values["name"] = self._reference_name(name)
        if self.take(r"\?"):
            values["optional"] = True
        if self.take("="):
            values["default"] = self._default(values)
        if self.take(" unique$"):
            values["unique"] = True
            self._refuse_unique(values, start)
        if self.at < len(self.text):
            raise self.wrong("expected the end, ?, =default or ' unique'")
        field = Field(**values)
        self._refuse_name(field)
        return field

    def _name(self) -> str:
        name = self.take(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
        if name is None:
            raise self.wrong("expected a name of lower-case words with _ between them")
        if len(name) > MAX_NAME:
            raise pointing_at(self.text, MAX_NAME, f"a name has at most {MAX_NAME} characters")
        return name

    def _reference_name(self, name: str) -> str:
        """Name of the column, which holds an ID."""
        if name.endswith("_id"):
            raise pointing_at(self.text, 0, f"write {name.removesuffix('_id')}: _id is appended")
        return f"{name}_id"

    def _default(self, values: dict[str, Any]) -> str:
        start = self.at
        default = self.take(r".*?(?=( unique)?$)") or ""
        problem = DEFAULTS[values["kind"]](Field(**values), default)
        if values.get("optional"):
            problem = "an optional field is null by default"
        if problem:
            raise pointing_at(self.text, start, problem)
        return default

    def _refuse_unique(self, values: dict[str, Any], start: int) -> None:
        field = Field(**values)
        fits = {
            "str": MIN_UNIQUE_LENGTH <= field.length <= NAME_LENGTH,
            "int": field.high - field.low > MIN_UNIQUE_INTEGERS,
            "bigint": field.high - field.low > MIN_UNIQUE_INTEGERS,
            "email": True,
            "uuid": True,
        }
        if not fits.get(field.kind):
            raise pointing_at(self.text, start, f"only {UNIQUE_FORMS} can be unique")
        if field.default is not None:
            raise pointing_at(self.text, start, "a unique field has no default")

    def _refuse_name(self, field: Field) -> None:
        name, owner = field.name, self._names.singular
        if name in FIELD_WORDS | {f"{owner}_id"} or name.startswith(("min_", "max_", "model_")):
            raise pointing_at(self.text, 0, f"{name} is used by every domain itself")
        if name in PYTHON | SQL | TYPES:
            raise pointing_at(self.text, 0, f"{name} means something in Python or SQL")
        taken = (
            SCHEMA_NAMES
            | {self._names.camel}
            | {f"{self._names.camel}{suffix.title().replace('_', '')}" for suffix in _SUFFIXES}
        )
        if (field.alias if field.has_alias else field.type_name) in taken:
            raise pointing_at(self.text, 0, f"the type of {name} would hide another type")
