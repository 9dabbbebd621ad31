"""Parse `quantity:int>0`, `status:enum(new,paid)=new`, `note:text?`, `number:str(20) unique`."""

import re
from collections.abc import Sequence
from typing import Any

from devtools.domain.defaults import DEFAULTS
from devtools.domain.field import (
    MAX_INTEGER,
    NAME_LENGTH,
    TEXT_LENGTH,
    Field,
)
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError, pointing_at
from devtools.domain.reserved import FIELD_WORDS, PYTHON, SCHEMA_NAMES, SQL, TYPES

TYPE_FORMS = (
    "str(100), text, int, int>0, int>=0<=100, money, bool, enum(a,b), date, datetime,"
    " ref(customers)"
)
MAX_NAME = 25
MAX_VALUES = 20
MIN_UNIQUE_LENGTH = 3
MIN_UNIQUE_INTEGERS = 10_000

_SUFFIXES = ("create", "update", "filters", "response", "page", "not_found_error")


def read_fields(texts: Sequence[str], names: Names) -> tuple[Field, ...]:
    if not texts:
        raise RefusedError("At least one --field is required, such as --field 'name:str(100)'")
    fields = tuple(_Reader(text, names).field() for text in texts)
    seen: dict[str, str] = {}
    for field, text in zip(fields, texts, strict=True):
        for name in {field.name, field.alias if field.has_alias else field.type_name}:
            if name in seen:
                raise pointing_at(text, 0, f"duplicate of {seen[name]!r}")
            seen[name] = text
    return fields


class _Reader:
    """Parser of one field; `_at` is the position of the next character."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._names = names
        self._at = 0

    def field(self) -> Field:
        name = self._name()
        self._expect(":", "expected a colon and a type: " + TYPE_FORMS)
        start = self._at
        values: dict[str, Any] = {"owner": self._names.singular, "name": name, **self._type()}
        if values["kind"] == "ref":
            values["name"] = self._reference_name(name)
        if self._take(r"\?"):
            values["optional"] = True
        if self._take("="):
            values["default"] = self._default(values)
        if self._take(" unique$"):
            values["unique"] = True
            self._refuse_unique(values, start)
        if self._at < len(self._text):
            raise self._wrong("expected the end, ?, =default or ' unique'")
        field = Field(**values)
        self._refuse_name(field)
        return field

    def _name(self) -> str:
        name = self._take(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
        if name is None:
            raise self._wrong("expected a name of lower-case words with _ between them")
        if len(name) > MAX_NAME:
            raise pointing_at(self._text, MAX_NAME, f"a name has at most {MAX_NAME} characters")
        return name

    def _type(self) -> dict[str, Any]:
        start = self._at
        word = self._take(r"[A-Za-z]+")
        readers = {
            "str": self._string,
            "int": self._integer,
            "enum": self._enum,
            "ref": self._reference,
        }
        if word in readers:
            return {"kind": word, **readers[word]()}
        if word == "text":
            return {"kind": "str", "length": TEXT_LENGTH}
        if word in ("money", "bool", "date", "datetime"):
            return {"kind": word}
        self._at = start
        raise self._wrong("expected a type: " + TYPE_FORMS)

    def _string(self) -> dict[str, Any]:
        self._expect(r"\(", "expected the maximum length, as in str(100)")
        start, digits = self._at, self._take("[0-9]{1,9}")
        if digits is None or not 1 <= int(digits) <= TEXT_LENGTH:
            self._at = start
            raise self._wrong(f"expected a length from 1 to {TEXT_LENGTH}")
        self._expect(r"\)", "expected )")
        return {"length": int(digits)}

    def _integer(self) -> dict[str, Any]:
        start, low, high = self._at, -MAX_INTEGER - 1, MAX_INTEGER
        while sign := self._take("[<>]=?"):
            number = self._take("-?[0-9]{1,10}")
            if number is None:
                raise self._wrong("expected a number, as in >0 or <=100")
            if sign[0] == ">":
                low = max(low, int(number) + (sign == ">"))
            else:
                high = min(high, int(number) - (sign == "<"))
        if low >= high:
            self._at = start
            raise self._wrong("these bounds allow fewer than two values")
        return {"low": low, "high": high}

    def _enum(self) -> dict[str, Any]:
        self._expect(r"\(", "expected the values, as in enum(new,paid)")
        values: list[str] = []
        while True:
            start, value = self._at, self._take("[A-Za-z][A-Za-z0-9_-]{0,49}")
            if value is None or value in values:
                self._at = start
                raise self._wrong("expected another value, of letters, digits, _ and -")
            values.append(value)
            if not self._take(","):
                break
        self._expect(r"\)", "expected , or )")
        if not 1 < len(values) <= MAX_VALUES:
            raise self._wrong(f"an enum has 2 to {MAX_VALUES} values")
        return {"values": tuple(values)}

    def _reference(self) -> dict[str, Any]:
        self._expect(r"\(", "expected the domain, as in ref(customers)")
        target = self._take(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
        if target is None:
            raise self._wrong("expected the plural of a domain, such as customers")
        self._expect(r"\)", "expected )")
        return {"target": target}

    def _reference_name(self, name: str) -> str:
        """Name of the column, which holds an ID."""
        if name.endswith("_id"):
            raise pointing_at(self._text, 0, f"write {name.removesuffix('_id')}: _id is appended")
        return f"{name}_id"

    def _default(self, values: dict[str, Any]) -> str:
        start = self._at
        default = self._take(r".*?(?=( unique)?$)") or ""
        problem = DEFAULTS[values["kind"]](Field(**values), default)
        if values.get("optional"):
            problem = "an optional field is null by default"
        if problem:
            raise pointing_at(self._text, start, problem)
        return default

    def _refuse_unique(self, values: dict[str, Any], start: int) -> None:
        field = Field(**values)
        fits = {
            "str": MIN_UNIQUE_LENGTH <= field.length <= NAME_LENGTH,
            "int": field.high - field.low > MIN_UNIQUE_INTEGERS,
        }
        if not fits.get(field.kind):
            message = f"only str({MIN_UNIQUE_LENGTH}) to str({NAME_LENGTH}) or an int can be unique"
            raise pointing_at(self._text, start, message)
        if field.default is not None:
            raise pointing_at(self._text, start, "a unique field has no default")

    def _refuse_name(self, field: Field) -> None:
        name, owner = field.name, self._names.singular
        if name in FIELD_WORDS | {f"{owner}_id"} or name.startswith(("min_", "max_", "model_")):
            raise pointing_at(self._text, 0, f"{name} is used by every domain itself")
        if name in PYTHON | SQL | TYPES:
            raise pointing_at(self._text, 0, f"{name} means something in Python or SQL")
        taken = (
            SCHEMA_NAMES
            | {self._names.camel}
            | {f"{self._names.camel}{suffix.title().replace('_', '')}" for suffix in _SUFFIXES}
        )
        if (field.alias if field.has_alias else field.type_name) in taken:
            raise pointing_at(self._text, 0, f"the type of {name} would hide another type")

    def _take(self, pattern: str) -> str | None:
        found = re.compile(pattern).match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _expect(self, pattern: str, message: str) -> None:
        if self._take(pattern) is None:
            raise self._wrong(message)

    def _wrong(self, message: str) -> RefusedError:
        return pointing_at(self._text, self._at, message)
