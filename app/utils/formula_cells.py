"""Texts that a spreadsheet would evaluate as a formula, in the cells of a CSV file.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import re

# Full-width signs begin a formula, too. Apostrophes before them may be part of the text.
_FORMULA = re.compile("'*[=+@\uff1d\uff0b\uff0d\uff20-]")


def mark_formula(text: str) -> str:
    """Put an apostrophe before text that begins like a formula; `unmark_formula` removes it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unmark_formula(text: str) -> str:
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text
