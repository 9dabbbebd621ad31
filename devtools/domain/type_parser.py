"""Parse the type of a field, such as `int>0`, `enum(new,paid)` or `decimal(8,3)>=0`."""

import re
from typing import Any

from devtools.domain.field_types import (
    EMAIL_LENGTH,
    MAX_BIG_INTEGER,
    MAX_INTEGER,
    MAX_PRECISION,
    MAX_SCALE,
    TEXT_LENGTH,
    URL_LENGTH,
)
from devtools.domain.refusal import RefusedError, pointing_at

TYPE_FORMS = (
    "str(100), text, email, url, int, int>0, int>=0<=100, bigint, decimal(8,3), decimal(8,3)>=0,"
    " money, money>=0, money(signed), bool, enum(a,b), date, datetime, time, uuid, ref(customers)"
)
MAX_VALUES = 20


class TypeReader:
    """Parser of a type; `at` is the position of the next character of `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read_type(self) -> dict[str, Any]:
        start = self.at
        word = self.take(r"[A-Za-z]+")
        readers = {
            "str": self._string,
            "int": lambda: self._integer(MAX_INTEGER),
            "bigint": lambda: self._integer(MAX_BIG_INTEGER),
            "decimal": self._decimal,
            "money": self._money,
            "enum": self._enum,
            "ref": self._reference,
        }
        if word in readers:
            return {"kind": word, **readers[word]()}
        if word == "text":
            return {"kind": "str", "length": TEXT_LENGTH}
        if word in ("email", "url"):
            return {"kind": word, "length": EMAIL_LENGTH if word == "email" else URL_LENGTH}
        if word in ("bool", "date", "datetime", "time", "uuid"):
            return {"kind": word}
        self.at = start
        raise self.wrong("expected a type: " + TYPE_FORMS)

    def _string(self) -> dict[str, Any]:
        self.expect(r"\(", "expected the maximum length, as in str(100)")
        start, digits = self.at, self.take("[0-9]{1,9}")
        if digits is None or not 1 <= int(digits) <= TEXT_LENGTH:
            self.at = start
            raise self.wrong(f"expected a length from 1 to {TEXT_LENGTH}")
        self.expect(r"\)", "expected )")
        return {"length": int(digits)}

    def _integer(self, greatest: int) -> dict[str, Any]:
        start, low, high = self.at, -greatest - 1, greatest
        while sign := self.take("[<>]=?"):
            number = self.take("-?[0-9]{1,19}")
            if number is None:
                raise self.wrong("expected a number, as in >0 or <=100")
            if sign[0] == ">":
                low = max(low, int(number) + (sign == ">"))
            else:
                high = min(high, int(number) - (sign == "<"))
        if low >= high:
            self.at = start
            raise self.wrong("these bounds allow fewer than two values")
        return {"low": low, "high": high}

    def _decimal(self) -> dict[str, Any]:
        self.expect(r"\(", "expected the digits, and how many are decimals, as in decimal(8,3)")
        start, precision = self.at, self.take("[0-9]{1,9}")
        if precision is None or not 1 <= int(precision) <= MAX_PRECISION:
            raise pointing_at(self.text, start, f"expected 1 to {MAX_PRECISION} digits")
        self.expect(",", "expected a comma and the number of decimals, as in decimal(8,3)")
        start, scale = self.at, self.take("[0-9]{1,9}")
        most = min(int(precision), MAX_SCALE)
        if scale is None or int(scale) > most:
            raise pointing_at(self.text, start, f"expected 0 to {most} decimals")
        self.expect(r"\)", "expected )")
        return {"precision": int(precision), "scale": int(scale), "sign": self._sign() or "any"}

    def _money(self) -> dict[str, Any]:
        if self.take(r"\("):
            self.expect(r"signed\)", "expected signed), as in money(signed)")
            return {"sign": "any"}
        return {"sign": self._sign() or ">0"}

    def _sign(self) -> str | None:
        if sign := self.take("[<>]=?"):
            start = self.at - len(sign)
            if sign not in (">", ">=") or self.take(r"0(?![0-9.])") is None:
                raise pointing_at(self.text, start, "expected >0, >=0 or no bound")
            return f"{sign}0"
        return None

    def _enum(self) -> dict[str, Any]:
        self.expect(r"\(", "expected the values, as in enum(new,paid)")
        values: list[str] = []
        while True:
            start, value = self.at, self.take("[A-Za-z][A-Za-z0-9_-]{0,49}")
            if value is None or value in values:
                self.at = start
                raise self.wrong("expected another value, of letters, digits, _ and -")
            values.append(value)
            if not self.take(","):
                break
        self.expect(r"\)", "expected , or )")
        if not 1 < len(values) <= MAX_VALUES:
            raise self.wrong(f"an enum has 2 to {MAX_VALUES} values")
        return {"values": tuple(values)}

    def _reference(self) -> dict[str, Any]:
        self.expect(r"\(", "expected the domain, as in ref(customers)")
        target = self.take(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
        if target is None:
            raise self.wrong("expected the plural of a domain, such as customers")
        self.expect(r"\)", "expected )")
        return {"target": target}

    def take(self, pattern: str) -> str | None:
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def expect(self, pattern: str, message: str) -> None:
        if self.take(pattern) is None:
            raise self.wrong(message)

    def wrong(self, message: str) -> RefusedError:
        return pointing_at(self.text, self.at, message)
