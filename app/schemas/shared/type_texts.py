"""Descriptions of field types, which the API documents add to the meaning of a field."""

MAX_SCALE = 6

_EXACT = (
    "exactly: read and write it as a decimal number, not as a binary float "
    "(Python: `json.loads(text, parse_float=Decimal)`)"
)
_DECIMALS = {0: "No decimals", 1: "At most 1 decimal"}


def decimal_text(scale: int) -> str:
    return f"{_DECIMALS.get(scale, f'At most {scale} decimals')}, {_EXACT}"


KEY_TEXT = "Visible characters and spaces"
MONEY_TEXT = f"{decimal_text(2)}. The currency is agreed outside the service"
MONEY_PARAMETER_TEXT = "At most 2 decimals, without an exponent"
DECIMAL_PARAMETER_TEXT = "Without an exponent"
UNIQUE_TEXT = "Exactly this value, which at most one record has"
EMAIL_TEXT = "An e-mail address, which is stored in lower case"
URL_TEXT = "An http or https URL in ASCII, without a user name"
TIME_TEXT = "A time of day such as 09:30:00, without an offset"
# Values of these can be strings, too.
EXACT_TEXTS = frozenset({MONEY_TEXT, *map(decimal_text, range(MAX_SCALE + 1))})
TYPE_TEXTS = EXACT_TEXTS | {
    *(KEY_TEXT, MONEY_PARAMETER_TEXT, DECIMAL_PARAMETER_TEXT, UNIQUE_TEXT),
    *(EMAIL_TEXT, URL_TEXT, TIME_TEXT),
}
