import pytest

from app.api.http.accept_header import preferred_type

OFFERED = ["text/csv", "application/x-ndjson", "application/jsonl"]

CHOICES = {
    "": "text/csv",
    "*/*": "text/csv",
    "TEXT/CSV; charset=utf-8": "text/csv",
    "application/*": "application/x-ndjson",
    "application/jsonl": "application/jsonl",
    "text/html, */*;q=0.1": "text/csv",
    "application/x-ndjson;q=0.5, text/csv;q=0.4": "application/x-ndjson",
    "text/csv;q=0, */*": "application/x-ndjson",
    "text/*;q=0.001, application/json": "text/csv",
    "application/json": None,
    "text/csv;q=0": None,
    "text/csv;q=x": None,
    "text/csv;q=1.1": None,
    "text/csvx": None,
    "csv, ;;, /": None,
}


@pytest.mark.parametrize("accept", CHOICES)
def test_the_type_with_the_highest_weight_is_chosen(accept: str) -> None:
    assert preferred_type(accept, OFFERED) == CHOICES[accept]
