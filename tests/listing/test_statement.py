import re

import pytest

from app.models.listing import ListQuery
from app.repositories.listing import TOTAL_LIMIT, Listing, escaped

BOOKS = Listing(
    table="books",
    columns=("id", "title"),
    filters={"author": "author = {}", "min_pages": "pages >= {}"},
    sorts={"id": "id", "title": "title"},
    search="search_text",
    walks=("kind", ("paper", "audio")),
    narrow=frozenset({"author"}),
)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [None, ("Emma", 7)])
@pytest.mark.parametrize("search", [None, "em", "emma"])
@pytest.mark.parametrize("filters", [{}, {"author": "Austen"}, {"min_pages": 3}])
def test_every_argument_is_used_and_every_placeholder_bound(
    filters: dict[str, object],
    search: str | None,
    after: tuple[object, int] | None,
    *,
    descending: bool,
) -> None:
    query = ListQuery(
        filters=filters, search=search, after=after, sort_by="title", descending=descending
    )

    sql, arguments = BOOKS.statement(query)

    assert {int(n) for n in re.findall(r"\$(\d+)", sql)} == set(range(1, len(arguments) + 1))


def test_only_the_given_conditions_are_in_the_statement() -> None:
    sql, _ = BOOKS.statement(ListQuery(filters={"min_pages": 3}))

    assert "pages >= $1" in sql
    assert "author =" not in sql
    assert "LIKE" not in sql


def test_no_value_reaches_the_text() -> None:
    hostile = "x'; DROP TABLE books --"

    sql, arguments = BOOKS.statement(
        ListQuery(filters={"author": hostile}, search=hostile, after=(hostile, 1), sort_by="title")
    )

    assert "DROP" not in sql
    assert arguments[0] == hostile


@pytest.mark.parametrize(
    "query", [ListQuery(filters={"1=1; --": 1}), ListQuery(sort_by="title; DROP TABLE books")]
)
def test_an_undeclared_name_is_refused(query: ListQuery) -> None:
    with pytest.raises(KeyError):
        BOOKS.statement(query)


def test_pattern_characters_match_themselves() -> None:
    assert escaped(r"100%_\done") == r"100\%\_\\done"


def test_a_short_text_is_looked_up_by_its_pairs_too() -> None:
    sql, arguments = BOOKS.statement(ListQuery(search="a%_b"))

    assert "search_pairs(search_text) LIKE" in sql
    assert r"%1a1\%1\_1b1%" in arguments


def test_a_text_with_three_word_characters_needs_no_pairs() -> None:
    sql, _ = BOOKS.statement(ListQuery(search="c++ abc"))

    assert "search_pairs" not in sql


def test_one_row_more_than_the_limit_is_fetched() -> None:
    _, arguments = BOOKS.statement(ListQuery(limit=20, offset=40))

    assert arguments[:2] == [21, 40]


def test_the_total_stops_at_its_limit_unless_it_must_be_exact() -> None:
    bounded, _ = BOOKS.statement(ListQuery())
    exact, _ = BOOKS.statement(ListQuery(exact_total=True))

    assert f"LIMIT {TOTAL_LIMIT + 1}" in bounded
    assert f"LIMIT {TOTAL_LIMIT + 1}" not in exact


def test_a_filter_on_the_walked_column_leaves_one_walk() -> None:
    listing = Listing(
        table="books",
        columns=("id",),
        filters={"kind": "kind = {}"},
        sorts={"id": "id"},
        search="search_text",
        walks=("kind", ("paper", "audio")),
    )

    _, arguments = listing.statement(ListQuery(filters={"kind": "audio"}))

    assert ["audio"] in arguments
