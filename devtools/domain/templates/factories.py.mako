"""${n.title} for tests: each test names only the fields that matter to it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, cycle, product
from typing import Any
from uuid import UUID

from app.dependencies import require_reader
from app.exceptions.${n.plural}.${n.singular}_exceptions import ${n.camel}NotFoundError
from app.models.${n.plural}.${n.singular} import New${n.camel}
from app.repositories.${n.plural}.cached_${n.singular}_repository import Cached${n.camel}Repository
from app.repositories.${n.plural}.postgres_${n.singular}_repository import Postgres${n.camel}Repository
from app.schemas.${n.plural}.${n.singular}_schemas import ${n.camel}Filters
from tests.support.domain import Domain
% for target in targets:
from tests.${target} import factories as ${target}_factories
% endfor
from tests.${n.plural}.fakes import InMemory${n.camel}Repository

${n.plural.upper()} = "/api/v1/${n.plural}"
% if samples.has_counted:
_NUMBERS = count(1_000)
% endif
% if samples.pair:
# No sample has them.
_PAIRS = cycle(product((5, 6), range(1, 7)))
% endif


def ${n.singular}_body(**overrides: Any) -> dict[str, Any]:
    """Return a request body; a field with the value `...` is omitted."""
% if samples.pair:
    ${", ".join(samples.pair)} = next(_PAIRS)
% endif
    body = {
% for field in samples.in_body:
        "${field.name}": ${samples.body(field)},
% endfor
    } | overrides
    return {name: value for name, value in body.items() if value is not ...}


def make_new_${n.singular}(**overrides: Any) -> New${n.camel}:
    values = ${n.singular}_body(${", ".join(f"{f.name}={samples.model(f)}" for f in samples.exact)}) | overrides
    return New${n.camel}(**values)


DOMAIN = Domain(
    url=${n.plural.upper()},
    body=${n.singular}_body,
    make_new=make_new_${n.singular},
    samples=(
% for number in range(6):
        {${", ".join(f'"{name}": {value}' for name, value in samples.row(number))}},
% endfor
    ),
    changes={"": {"${samples.changed[0]}": ${samples.changed[1]}}},
    not_found=${n.camel}NotFoundError,
    filters=${n.camel}Filters,
% if references:
    references=(${"".join(f"{target}_factories.DOMAIN, " for target in targets)}),
    fake=lambda: InMemory${n.camel}Repository(${", ".join(f"{target}={target}_factories.DOMAIN.filled_fake()" for target in targets)}),
% else:
    fake=InMemory${n.camel}Repository,
% endif
    postgres=Postgres${n.camel}Repository,
    cached=Cached${n.camel}Repository,
% if choices.no_events:
    sends_events=False,
% endif
% if choices.public_read:
    guards=dict.fromkeys(("GET", "GET /export", "GET /{${n.singular}_id}"), require_reader),
% endif
)
