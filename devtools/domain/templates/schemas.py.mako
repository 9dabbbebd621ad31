from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.models.${n.plural}.${n.singular} import (
    New${n.camel},
% for field in enums:
    ${field.type_name},
% endfor
)
from app.models.shared.moments import utc_now, utc_today
from app.schemas.shared.common import (
    SYSTEM_FIELD_EXAMPLES,
    PartialUpdate,
    ListParameters,
    PageResponse,
    RecordReference,
    SearchParameters,
    RecordResponse,
    StrictBody,
)
from app.schemas.shared.decimals import DecimalParameter, ExactDecimal, NonNegativeMoney, SignedMoney
from app.schemas.shared.formats import EmailText, LocalTime, UrlText
from app.schemas.shared.fields import (
    UNIQUE_VALUE,
    UNSET,
    MAX_BIG_INTEGER,
    MAX_INTEGER,
    NORMALIZED,
    NORMALIZED_KEY,
    INTEGRAL,
    Date,
    DateTime,
    Money,
    StrictUuid,
    Id,
    BigIntegerParameter,
    BoolParameter,
    IntegerParameter,
    MoneyParameter,
    key_up_to,
    text_up_to,
)

% for field in aliases:
% if field.kind == "decimal":
${field.alias} = Annotated[Decimal, ExactDecimal(${field.bounds})]
% elif field.is_integer:
${field.alias} = Annotated[int, Field(${field.bounds}), INTEGRAL]
% elif field.unique:
${field.alias} = Annotated[str, key_up_to(${field.length}), NORMALIZED_KEY]
% else:
${field.alias} = Annotated[str, text_up_to(${field.length}), NORMALIZED]
% endif
% endfor

EXAMPLE: JsonDict = {
% for field in fields:
    "${field.name}": ${samples.json(field, 0)},
% endfor
}


class ${n.camel}Create(StrictBody):
    """Values of a new ${n.word}."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

% for field in fields:
    ${field.name}: ${field.schema}${field.or_none}${field.otherwise.replace(" field(", " Field(")}
% endfor

    def to_model(self) -> New${n.camel}:
        return New${n.camel}(**self.model_dump())


class ${n.camel}Update(PartialUpdate):
    """Changes of ${n.a_word}; an omitted field keeps its value."""

% for field in fields:
    ${field.name}: ${field.schema}${field.or_none} = UNSET
% endfor


class ${n.camel}Filters(${"SearchParameters" if searched else "ListParameters"}):
% for field in filtered:
% if field.is_range:
    min_${field.name}: ${field.query} | None = None
    max_${field.name}: ${field.query} | None = None
% endif
% if field.unique:
    ${field.name}: Annotated[${field.query} | None, UNIQUE_VALUE] = None
% elif field.is_exact:
    ${field.name}: ${field.query} | None = None
% endif
% endfor
    sort_by: Literal[${", ".join(f'"{sort}"' for sort in sorts)}] = "id"


class ${n.camel}Response(RecordResponse, ${n.camel}Create):
    """${n.a_word[0].upper()}${n.a_word[1:]} in responses."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 7, **EXAMPLE, **SYSTEM_FIELD_EXAMPLES}]},
        json_schema_serialization_defaults_required=True,
    )


class ${n.camel}Page(PageResponse[${n.camel}Response]):
    """A page of ${n.words}."""
