from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from app.models.shared.moments import utc_now, utc_today
from app.schemas.${n.plural}.${n.singular}_schemas import ${n.camel}Create, ${n.camel}Update
from tests.${n.plural}.factories import make_new_${n.singular}, ${n.singular}_body

_GOOD: list[tuple[str, Any]] = [
% for field in fields:
% for value in samples.good(field):
    ("${field.name}", ${value}),
% endfor
% endfor
]
_BAD: list[tuple[str, Any]] = [
% for field in fields:
% for value in samples.bad(field):
    ("${field.name}", ${value}),
% endfor
% endfor
]


def _body(**overrides: Any) -> dict[str, Any]:
% if samples.exact:
    return ${n.singular}_body(**({${", ".join(f'"{f.name}": {samples.python(f, 0) if f.is_decimal else samples.json(f, 0)}' for f in samples.exact)}} | overrides))
% else:
    return ${n.singular}_body(**overrides)
% endif


@pytest.mark.parametrize(("field", "value"), _GOOD)
def test_a_value_at_its_limit_is_accepted(field: str, value: object) -> None:
    created = ${n.camel}Create.model_validate(_body(**{field: value}))
    changes = ${n.camel}Update.model_validate({field: value})

    assert changes.explicit_values() == {field: getattr(created, field)}


@pytest.mark.parametrize(("field", "value"), _BAD)
def test_a_value_past_its_limits_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        ${n.camel}Create.model_validate(_body(**{field: value}))
    with pytest.raises(ValidationError):
        ${n.camel}Update.model_validate({field: value})


% if samples.required:
@pytest.mark.parametrize("field", ${[f.name for f in samples.required]})
def test_a_required_field_may_not_be_omitted(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        ${n.camel}Create.model_validate(_body(**{field: ...}))


% endif
% for field in [f for f in fields if f.is_moment]:
def test_${field.name}_is_the_current_${"day" if field.kind == "date" else "time"}_if_omitted() -> None:
    before = ${field.moment}()
    created = ${n.camel}Create.model_validate(_body(${field.name}=...))

    assert before <= created.${field.name} <= ${field.moment}()


% endfor
def test_a_body_is_converted_to_a_new_${n.singular}() -> None:
    body = _body()

    assert ${n.camel}Create.model_validate(body).to_model() == make_new_${n.singular}(**${"{**body" + "".join(f', "{f.name}": {samples.python(f, 0)}' for f in samples.exact if not f.is_decimal) + "}" if any(not f.is_decimal for f in samples.exact) else "body"})


def test_an_omitted_field_is_no_change() -> None:
    assert ${n.camel}Update.model_validate({}).explicit_values() == {}
% for field in [f for f in fields if f.optional][:1]:
    assert ${n.camel}Update.model_validate({"${field.name}": None}).explicit_values() == {"${field.name}": None}
% endfor
