"""E-mail addresses, URLs and times of day are checked in linear time, and published as checked."""

from datetime import time
from time import process_time
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.shared.formats import EmailText, LocalTime, UrlText

EMAIL: TypeAdapter[Any] = TypeAdapter(EmailText)
URL: TypeAdapter[Any] = TypeAdapter(UrlText)
TIME: TypeAdapter[Any] = TypeAdapter(LocalTime)

ACCEPTED = [
    *[(EMAIL, each) for each in ("a@b.co", "o'hara+x@sub.example.com", "_.-@1.2", "a@xn--80ak.ru")],
    (EMAIL, "a" * 64 + "@" + ".".join(["b" * 63] * 2) + ".example"),
    *[(URL, each) for each in ("http://a", "https://a.b:8000/c?d=e&f=%20#g", "https://a?b")],
    (URL, "https://example.com/[1]/~x/'(y)*"),
    *[(TIME, each) for each in ("00:00:00", "23:59:59.999999", "09:30:00.5")],
]
REFUSED = [
    *[(EMAIL, each) for each in ("", "a", "a@b", "@b.co", "a@", "a@@b.co", "a@b.co,c@d.co")],
    *[(EMAIL, each) for each in (".a@b.co", "a.@b.co", "a..b@c.co", "a@b..co", "a@-b.co")],
    *[(EMAIL, each) for each in ("a b@c.co", "\u00e9@b.co", "a@b.co\nBcc:x@y.co", "Ada <a@b.co>")],
    *[(EMAIL, each) for each in ("a" * 65 + "@b.co", "a@" + "b" * 64 + ".co", "a@b_c.co")],
    (EMAIL, "a@" + ".".join(["b" * 63] * 4)),
    *[(URL, each) for each in ("", "a.b", "//a", "ftp://a", "javascript:alert(1)", "http://")],
    *[(URL, each) for each in ("http://u:p@a", "http://a b", "http://a/<b>", 'http://a/"')],
    *[(URL, each) for each in ("http://a:65536", "http://a:", "http://a\nb", "http://\u00e9.fr")],
    *[(URL, each) for each in ("http://a/" + "b" * 2000, "http://-a", "http://a/\\b", "HTTP://a")],
    *[(TIME, each) for each in ("", "24:00:00", "9:30:00", "09:30", "09:30:60", "09:30:00Z")],
    *[(TIME, each) for each in ("09:30:00+01:00", "09:30:00.", "09:30:00.1234567", "093000")],
    *[(adapter, value) for adapter in (EMAIL, URL, TIME) for value in (1, True, None, [""])],
]


@pytest.mark.parametrize(("adapter", "text"), ACCEPTED)
def test_a_valid_text_is_accepted_and_published_as_valid(
    adapter: TypeAdapter[Any], text: str
) -> None:
    assert str(adapter.validate_python(text)) in (text, f"{text}00000")
    assert jsonschema_rs.is_valid(adapter.json_schema(), text)


@pytest.mark.parametrize(("adapter", "value"), REFUSED)
def test_any_other_value_is_refused(adapter: TypeAdapter[Any], value: object) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(value, strict=True)


def test_spellings_of_one_address_are_one_text() -> None:
    assert EMAIL.validate_python(" Ada@Example.COM ") == "ada@example.com"
    assert TIME.validate_python("09:30:00") == time(9, 30)


@pytest.mark.parametrize(
    ("adapter", "text"),
    [
        *[(EMAIL, each) for each in ("a" * 254, "a." * 127, "a@" + "b." * 126, "a@" + "b-" * 126)],
        *[(URL, each) for each in ("http://" + "a." * 996, "http://" + "a-" * 996)],
        *[(adapter, "a" * 1_000_000) for adapter in (EMAIL, URL, TIME)],
    ],
)
def test_bad_input_takes_no_longer_than_good_input(adapter: TypeAdapter[Any], text: str) -> None:
    began = process_time()
    for _ in range(10):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)
    assert process_time() - began < 2
