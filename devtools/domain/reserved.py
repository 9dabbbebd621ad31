"""Names that a domain or a field cannot have, for they mean something already."""

import builtins
import keyword

from app.models.record import Versioned
from app.schemas.common import Changes, SearchParameters, StampedResponse


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PYTHON = frozenset({*keyword.kwlist, *keyword.softkwlist})
BUILTINS = frozenset(dir(builtins))

# https://www.postgresql.org/docs/18/sql-keywords-appendix.html: reserved for columns and tables.
SQL = _words("""
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable
    desc distinct do else end except false fetch for foreign freeze from full grant group having
    ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some symmetric
    system_user table tablesample then to trailing true union unique user using variadic verbose
    when where window with
""")

# What the code of a domain calls its own things.
DOMAIN_WORDS = _words("""
    actor any audit bearer body change changed changes collection database decimal domain
    event_kind expected field filters house id identified list listing literal mapping new page
    principal protocol query record records request resource resources response router service
    setting settings stored transaction transactions url value version versioned wanted
""")

TYPES = _words("bool date datetime decimal int literal str")

_SHARED = (Changes, SearchParameters, StampedResponse)
FIELD_WORDS = frozenset(
    {"event", "occurred_at", "order", "search_text", "sort_by", "to_model", "list", "get"}
    | {name for shape in _SHARED for name in shape.model_fields}
    | {name for shape in (*_SHARED, Versioned) for name in dir(shape)}
)

SCHEMA_NAMES = _words("""
    Annotated Any Changes ConfigDict Date DateTime Decimal Field Id JsonDict ListParameters
    Literal Money None PageResponse PlainBool PlainInteger PlainMoney SearchParameters
    StampedResponse StrictBody True False
""")
