"""The CHECK constraint of a column: what the schemas promise, also for other writers."""

from devtools.domain.field import Field


def check_of(field: Field) -> tuple[str, str] | None:
    """Return the end of the name of the constraint, and its condition."""
    name = field.name
    if field.is_text:
        return f"{name}_length", f"char_length({name}) BETWEEN 1 AND {field.length}"
    if field.kind == "enum":
        values = ", ".join(f"'{value}'" for value in field.values)
        return f"{name}_known", f"{name} IN ({values})"
    if field.is_decimal:
        return f"{name}_range", _range_of_decimal(field)
    if field.is_integer and (limits := _limits_of_integer(field)):
        return f"{name}_range", " AND ".join(limits)
    return None


def _range_of_decimal(field: Field) -> str:
    """NaN, which every numeric column can hold, is above each number."""
    low = f">= {field.least}" if field.sign == "any" else field.sign.replace("0", " 0")
    return f"{field.name} {low} AND {field.name} <= {field.greatest}"


def _limits_of_integer(field: Field) -> list[str]:
    name, greatest = field.name, field.greatest_integer
    limits = [f"{name} >= {field.low}"] if field.low >= -greatest else []
    return limits + ([f"{name} <= {field.high}"] if field.high < greatest else [])
