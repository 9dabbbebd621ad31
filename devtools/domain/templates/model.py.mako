"""${n.title} and their business rules."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal
from uuid import UUID

from app.models.shared.moments import utc_now, utc_today
from app.models.shared.record import Identified, Versioned

% for field in enums:
${field.type_name} = Literal[${", ".join(f'"{value}"' for value in field.values)}]
% endfor


@dataclass(frozen=True, kw_only=True)
class New${n.camel}:
% for field in fields:
    ${field.name}: ${field.python}${field.or_none}${field.otherwise}
% endfor


@dataclass(frozen=True, kw_only=True)
class ${n.camel}(Versioned, New${n.camel}, Identified):
    """The order of the bases puts `id` first and the timestamps last in responses."""
