import pytest

from app.utils.formula_cells import mark_formula, unmark_formula

FORMULAS = ["=1+1", "+41 44 000", "-5", "@SUM(A1)", "\uff1d1", "'=1", "''@x", "="]
TEXTS = ["Laptop", "'quoted'", "'", "", "a=b", "5-7", "\u2212 5", "it's"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert mark_formula(text) == f"'{text}"
    assert unmark_formula(mark_formula(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert mark_formula(text) == text
    assert unmark_formula(text) == text
