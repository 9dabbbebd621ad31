"""Descriptions of field types, which the API documents add to the meaning of a field."""

KEY_TEXT = "Visible characters and spaces"
MONEY_TEXT = (
    "At most 2 decimals, exactly: read and write it as a decimal number, not as a binary float "
    "(Python: `json.loads(text, parse_float=Decimal)`). The currency is agreed outside the service"
)
MONEY_PARAMETER_TEXT = "At most 2 decimals, without an exponent"
UNIQUE_TEXT = "Exactly this value, which at most one record has"
TYPE_TEXTS = frozenset({KEY_TEXT, MONEY_TEXT, MONEY_PARAMETER_TEXT, UNIQUE_TEXT})
