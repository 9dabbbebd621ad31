"""Names that a domain or a field cannot have, because the generated code uses them itself."""

import builtins
import keyword

from app.models.shared.record import Versioned
from app.schemas.shared.common import PartialUpdate, RecordResponse, SearchParameters


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

# A domain with such a name would hide a name that its own code uses.
SINGULARS = _words("""
    announced audited changed changes collection date datetime decimal expected harness identified
    listing literal mapping name new page protocol pytest record replace self sequence
    time transactional transactions versioned wanted
""")
PLURALS = _words("changes domain self transactions utc uuid")

# The template has a route of its own there.
PATHS = _words("audit")

TYPES = _words("bool date datetime decimal int literal str")

_SHARED = (PartialUpdate, SearchParameters, RecordResponse)
FIELD_WORDS = frozenset(
    {"event", "occurred_at", "order", "search_text", "sort_by", "to_model", "list", "get"}
    # Arguments of constructors, and indexes of each table.
    | {"self", "super", "search", "search_pairs", "facets"}
    | {name for shape in _SHARED for name in shape.model_fields}
    | {name for shape in (*_SHARED, Versioned) for name in dir(shape)}
)

SCHEMA_NAMES = _words("""
    Annotated Any PartialUpdate ConfigDict Date DateTime Decimal Field Id JsonDict ListParameters
    Literal Money None PageResponse RecordReference BoolParameter IntegerParameter MoneyParameter
    BigIntegerParameter DecimalParameter ExactDecimal NonNegativeMoney SignedMoney StrictUuid UUID
    EmailText LocalTime UrlText
    SearchParameters RecordResponse StrictBody True False
""")
