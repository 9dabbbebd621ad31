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
from app.schemas.common import (
    STAMPS,
    Changes,
    ListParameters,
    PageResponse,
    SearchParameters,
    StampedResponse,
    StrictBody,
)
from app.schemas.fields import (
    LEFT_OUT,
    MAX_INTEGER,
    TEXT,
    WHOLE,
    Date,
    DateTime,
    Money,
    PlainBool,
    PlainInteger,
    PlainMoney,
    text_up_to,
)

% for field in aliases:
% if field.kind == "int":
${field.alias} = Annotated[int, Field(${field.bounds}), WHOLE]
% else:
${field.alias} = Annotated[str, text_up_to(${field.length}), TEXT]
% endif
% endfor

EXAMPLE: JsonDict = {
% for field in fields:
    "${field.name}": ${samples.json(field, 0)},
% endfor
}


class ${n.camel}Create(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

% for field in fields:
    ${field.name}: ${field.schema}${field.or_none}${field.otherwise}
% endfor

    def to_model(self) -> New${n.camel}:
        return New${n.camel}(**self.model_dump())


class ${n.camel}Update(Changes):
% for field in fields:
    ${field.name}: ${field.schema}${field.or_none} = LEFT_OUT
% endfor


class ${n.camel}Filters(${"SearchParameters" if searched else "ListParameters"}):
% for field in filtered:
% if field.is_range:
    min_${field.name}: ${field.query} | None = None
    max_${field.name}: ${field.query} | None = None
% else:
    ${field.name}: ${field.query} | None = None
% endif
% endfor
    sort_by: Literal[${", ".join(f'"{sort}"' for sort in sorts)}] = "id"


class ${n.camel}Response(StampedResponse, ${n.camel}Create):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 7, **EXAMPLE, **STAMPS}]},
        json_schema_serialization_defaults_required=True,
    )


class ${n.camel}Page(PageResponse[${n.camel}Response]):
    pass
