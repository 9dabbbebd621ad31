"""Text fields of a body are normalised and limited."""

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.models.shared.import_rows import RejectedRow, SourceRow
from app.schemas.shared.row_validator import RowValidator
from tests.widgets.factories import widget_body
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetFilters, WidgetUpdate

LIMITS = {
    "code": 64,
    "name": 255,
    "note": 1000,
    "category": 100,
}


def _created(**overrides: Any) -> WidgetCreate:
    return WidgetCreate.model_validate(widget_body(**{"price": Decimal(1)} | overrides))


@pytest.mark.parametrize("field", LIMITS)
def test_text_is_accepted_up_to_its_limit(field: str) -> None:
    limit = LIMITS[field]

    assert getattr(_created(**{field: "é" * limit}), field) == "é" * limit
    with pytest.raises(ValidationError):
        _created(**{field: "é" * (limit + 1)})


@pytest.mark.parametrize("field", LIMITS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "\u3000",
        "\x00",
        "a\x00b",
        "a\nb",
        "a\x7fb",
        "a\x9fb",
        "\ud800",
        "a\udfffb",
        1,
        1.5,
        True,
        [],
        {},
        ["a"],
        b"a",
    ],
)
def test_unreadable_text_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        _created(**{field: value})


@pytest.mark.parametrize("field", ["name", "category"])
def test_required_text_may_not_be_null_or_omitted(field: str) -> None:
    for value in (None, ...):
        with pytest.raises(ValidationError):
            _created(**{field: value})


@pytest.mark.parametrize("field", ["code", "note"])
def test_optional_text_may_be_null_or_omitted(field: str) -> None:
    assert getattr(_created(**{field: None}), field) is None
    assert getattr(_created(**{field: ...}), field) is None


def test_text_is_stripped_and_normalised_before_its_length_is_checked() -> None:
    assert _created(name="  Cafe\u0301 \t").name == "Café"
    assert len(_created(name="e\u0301" * 255).name) == 255


UNUSUAL = {
    "right-to-left override": "a\u202eb",
    "joiner": "a\u200db",
    "family emoji": "👩\u200d👩\u200d👧",
    "emoji with a selector": "🖥\ufe0f",
    "right-to-left mark": "\u05d0\u05d1\u200f!",
    "soft hyphen": "Donau\u00addampf",
    "unassigned": "a\u0378",
    "private use": "\ue000",
    "Japanese": "日本語",
    "Persian": "\u0645\u06cc\u200c\u062e\u0648",
    "combining marks": "\u0301\u0302",
    "punctuation": "%_\\'\"",
    "markup": "<b>",
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_text_is_accepted_unchanged(text: str) -> None:
    assert _created(name=text).name == text


BLANK = {
    "right-to-left override": "\u202e",
    "zero width space": "\u200b",
    "several": "\u200b\u200c\u200d\u2060\ufeff",
    "with spaces between": "\u200b \u200b",
    "no-break space": "\u00a0",
    "soft hyphen": "\u00ad",
    "braille without dots": "\u2800",
    "hangul fillers": "\u115f\u1160\u3164\uffa0",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0041\U000e007f",
    "grapheme joiner": "\u034f",
    "null notehead": "\U0001d159",
    "interlinear annotation": "\ufff9\ufffb",
}


@pytest.mark.parametrize("field", LIMITS)
@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK.keys())
def test_text_that_shows_nothing_is_blank(field: str, text: str) -> None:
    with pytest.raises(ValidationError):
        _created(**{field: text})


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK.keys())
def test_a_query_that_shows_nothing_is_blank(text: str) -> None:
    for name in ("q", "category", "code"):
        with pytest.raises(ValidationError):
            WidgetFilters.model_validate({name: text})


HIDDEN = {
    **{f"{name} inside": f"A{text}B" for name, text in BLANK.items() if text.strip()},
    **{f"{name} at the end": f"AB{text}" for name, text in BLANK.items() if text.strip()},
    "no-break space inside": "A\u00a0B",
    "em space inside": "A\u2003B",
    "line separator inside": "A\u2028B",
    "Arabic number sign": "A\u0600B",
    "unassigned": "A\u0378B",
    "private use": "A\ue000B",
    "private use, plane 16": "A\U00100000B",
    "noncharacter": "A\ufffeB",
}


@pytest.mark.parametrize("key", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_key_has_no_invisible_unassigned_or_private_character(key: str) -> None:
    with pytest.raises(ValidationError):
        _created(code=key)
    with pytest.raises(ValidationError):
        WidgetUpdate.model_validate({"code": key})
    with pytest.raises(ValidationError):
        WidgetFilters.model_validate({"code": key})


@pytest.mark.parametrize("key", ["AB-1 x", " AB ", "é", "e\u0301", "日本", "A/B#1", "Ω", "🖥"])
def test_a_key_of_visible_characters_and_spaces_is_kept(key: str) -> None:
    assert _created(code=key).code == unicodedata.normalize("NFC", key.strip())


@given(st.text(min_size=1, max_size=20), st.characters(categories=["Cf", "Cn", "Co"]))
def test_no_key_contains_a_character_that_may_not_show(text: str, hidden: str) -> None:
    with pytest.raises(ValidationError):
        _created(code=f"A{text[:10]}{hidden}{text[10:]}Z")


@given(st.text(max_size=60))
def test_accepted_keys_are_printable(text: str) -> None:
    try:
        code = _created(code=text).code
    except ValidationError:
        return
    assert code is not None
    assert code.isprintable()


def test_an_import_refuses_the_same_keys_and_blank_texts() -> None:
    validator = RowValidator(WidgetCreate, key="code")
    for changed in ({"code": "A\u200bB"}, {"name": "\u202e"}):
        body = widget_body(**{"code": "AB", "price": Decimal(1)} | changed)

        rejected = validator.validate(SourceRow(1, (), body))

        assert isinstance(rejected, RejectedRow)
        assert [reason.partition(":")[0] for reason in rejected.reasons] == [*changed]


@given(st.text(max_size=300))
def test_accepted_text_is_normalised(text: str) -> None:
    try:
        name = _created(name=text).name
    except ValidationError:
        return
    assert name == unicodedata.normalize("NFC", name).strip()
    assert 1 <= len(name) <= 255
    name.encode()


def test_a_long_run_of_combining_marks_is_refused_at_once() -> None:
    # Normalising it would take many minutes.
    with pytest.raises(ValidationError):
        _created(name="a" + "\u0315\u0300" * 250_000)
