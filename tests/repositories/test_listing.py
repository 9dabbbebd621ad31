import re
from itertools import product
from typing import Any

import pytest

from app.models.shared.listing import ListQuery
from app.repositories.shared.list_conditions import escape_like
from app.repositories.shared.list_statements import (
    TOTAL_LIMIT,
    Statement,
    build_sample,
    build_statements,
)
from app.repositories.shared.listing import Listing

BOOKS = Listing(
    table="books",
    columns=("id", "title"),
    filters={"author": "author = {}", "min_pages": "pages >= {}", "kind": "kind = {}"},
    sorts={"id": "id", "title": "title", "pages": "pages"},
    search="search_text",
    scan_partitions=("kind", ("paper", "audio")),
)
HOSTILE = "x'; DROP TABLE books --"


def statements(*, estimate: int = 0, **query: Any) -> list[Statement]:
    return list(build_statements(BOOKS, ListQuery(**query), estimate=estimate))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [None, ("Emma", 7)])
@pytest.mark.parametrize("search", [None, "em", "emma"])
@pytest.mark.parametrize("filters", [{}, {"author": "Austen"}, {"min_pages": 3, "kind": "audio"}])
def test_arguments_and_placeholders_correspond(
    filters: dict[str, object],
    search: str | None,
    after: tuple[object, int] | None,
    *,
    descending: bool,
) -> None:
    for sort_by, estimate in product(BOOKS.sorts, (0, 50_000)):
        query = ListQuery(
            filters=filters, search=search, after=after, sort_by=sort_by, descending=descending
        )
        built = [*build_statements(BOOKS, query, estimate=estimate)]

        for sql, arguments in [*built, build_sample(BOOKS, query), BOOKS.build_statement(query)]:
            used = {int(number) for number in re.findall(r"\$(\d+)", sql)}
            assert used == set(range(1, len(arguments) + 1))


def test_only_the_given_conditions_are_in_a_statement() -> None:
    for sql, _ in statements(filters={"min_pages": 3}):
        assert "pages >= $" in sql
        assert "author =" not in sql
        assert "LIKE" not in sql


def test_no_value_is_written_into_a_statement() -> None:
    query = ListQuery(
        filters={"author": HOSTILE}, search=HOSTILE, after=(HOSTILE, 1), sort_by="title"
    )

    for sql, arguments in build_statements(BOOKS, query, estimate=50_000):
        assert "DROP" not in sql
        assert HOSTILE in arguments


@pytest.mark.parametrize(
    "query", [ListQuery(filters={"1=1; --": 1}), ListQuery(sort_by="title; DROP TABLE books")]
)
def test_an_undeclared_name_is_refused(query: ListQuery) -> None:
    with pytest.raises(KeyError):
        [*build_statements(BOOKS, query)]


def test_pattern_characters_are_escaped() -> None:
    assert escape_like(r"100%_\done") == r"100\%\_\\done"


def test_a_short_search_text_uses_bigrams() -> None:
    (collected, arguments), _ = statements(search="a%_b")

    assert "search_pairs(search_text) LIKE" in collected
    assert r"%1a1\%1\_1b1%" in arguments


def test_a_search_text_of_three_word_characters_uses_no_bigrams() -> None:
    assert not any("search_pairs" in sql for sql, _ in statements(search="c++ abc"))


def test_every_word_is_a_condition_of_its_own() -> None:
    ((sql, arguments), *_) = statements(search="red  Lap red")

    assert sql.count("search_text LIKE lower(") == 2
    assert arguments[:2] == ["%red%", "%Lap%"]


def test_short_words_use_bigrams_only_where_no_word_has_a_trigram() -> None:
    (both, arguments), _ = statements(search="b a")
    (one, _), _ = statements(search="b abc")

    assert both.count("search_pairs(search_text) LIKE") == 2
    assert {"%1b1%", "%1a1%"} <= {*map(str, arguments)}
    assert "search_pairs" not in one


def test_one_row_more_than_the_limit_is_fetched() -> None:
    ((_, arguments),) = statements(limit=20, offset=40)

    assert arguments == [61, ["paper", "audio"], 21, 40]


def test_the_total_stops_at_its_limit_unless_it_must_be_exact() -> None:
    ((bounded, _),) = statements()
    ((exact, _),) = statements(exact_total=True)

    assert f"LIMIT {TOTAL_LIMIT + 1}" in bounded
    assert f"LIMIT {TOTAL_LIMIT + 1}" not in exact


def test_a_batch_is_not_counted() -> None:
    ((sql, _),) = statements(is_batch=True)

    assert f"LIMIT {TOTAL_LIMIT + 1}" not in sql
    assert "NULL::bigint AS total" in sql


@pytest.mark.parametrize("filters", [{}, {"kind": "audio"}, {"kind": "audio", "min_pages": 3}])
def test_a_range_of_the_index_needs_one_statement(filters: dict[str, object]) -> None:
    assert len(statements(filters=filters, sort_by="pages")) == 1


def test_a_filter_on_the_partitioning_column_leaves_one_partition() -> None:
    ((_, arguments),) = statements(filters={"kind": "audio"})

    assert ["audio"] in arguments


def test_the_last_statement_has_no_limit_of_entries() -> None:
    *limited, (last, _) = statements(filters={"author": "Austen"}, sort_by="title")

    assert sum("row_number" in sql for sql, _ in limited) == 1
    assert "row_number" not in last


def test_only_a_frequent_search_text_is_looked_for_along_the_index() -> None:
    rare = [sql for sql, _ in statements(search="emma")]
    frequent = [sql for sql, _ in statements(search="emma", estimate=50_000)]

    assert "walked" not in rare[0]
    assert "walked" in frequent[0]
    assert frequent[-len(rare) :] == rare


@pytest.mark.parametrize("filters", [{}, {"author": "Austen"}])
def test_the_only_statement_of_an_older_repository_has_the_same_columns(
    filters: dict[str, object],
) -> None:
    sql, arguments = BOOKS.build_statement(ListQuery(filters=filters))

    assert "AS _total" in sql
    assert "item.id, item.title" in sql
    assert [*filters.values()] == arguments[: len(filters)]
