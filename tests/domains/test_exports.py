"""Every domain exports what its list selects, in the columns of its import."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config.settings import Settings
from tests.support.database import delete_all_rows
from tests.support.domain import Domain, as_text
from tests.support.exported_rows import csv_rows, json_rows
from tests.support.import_files import run_import_of
from tests.support.problems import problem_of, refused_fields
from tests.support.references import store_referenced
from tests.support.service import TARGETS

JSON_LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def url(admin: httpx.AsyncClient, domain: Domain) -> str:
    """The URL of the export of a domain with one record for each sample."""
    url = f"{domain.url}/export"
    paths = (await admin.get("/openapi.json")).json()["paths"]
    if url not in paths:
        pytest.skip(f"{domain.name} was generated before there were exports")
    for sample in domain.samples:
        body = {**domain.body(), **{name: _json(value) for name, value in sample.items()}}
        assert (await admin.post(domain.url, json=body)).status_code == 201
    return url


def _json(value: Any) -> Any:
    if isinstance(value, str | bool | int | None):
        return value
    return float(value) if isinstance(value, Decimal) else as_text(value)


async def test_an_export_has_the_columns_and_the_values_of_the_records(
    user: httpx.AsyncClient, url: str, domain: Domain
) -> None:
    names = [field.name for field in fields(domain.make_new())]
    listed = (await user.get(domain.url)).json()["items"]

    as_csv = await user.get(url)
    as_json = await user.get(url, headers=JSON_LINES)

    assert as_csv.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert as_csv.headers["Content-Disposition"] == f'attachment; filename="{domain.name}.csv"'
    assert (as_csv.headers["Vary"], as_csv.headers["Cache-Control"]) == (
        "Accept, Origin",
        "no-store",
    )
    assert as_json.headers["Content-Type"] == "application/x-ndjson"
    assert [list(row) for row in csv_rows(as_csv.content)] == [names] * len(listed)
    assert json_rows(as_json.content) == [{name: row[name] for name in names} for row in listed]


async def test_an_export_selects_and_sorts_like_a_list(
    user: httpx.AsyncClient, url: str, domain: Domain
) -> None:
    new = domain.make_new(**domain.samples[0])
    queries: list[dict[str, str]] = [{"sort_by": name, "order": "desc"} for name in domain.sorts]
    for name in domain.filter_names:
        value = getattr(new, name.removeprefix("min_").removeprefix("max_"))
        queries += [] if value is None else [{name: as_text(value)}]

    for query in queries:
        listed = (await user.get(domain.url, params=query)).json()["items"]
        exported = json_rows((await user.get(url, params=query, headers=JSON_LINES)).content)
        assert exported == [{name: row[name] for name in exported[0]} for row in listed], query


async def test_an_export_refuses_pages_and_unknown_parameters(
    user: httpx.AsyncClient, url: str
) -> None:
    for name in ("page", "page_size", "cursor", "exact_total", "colour"):
        assert refused_fields(await user.get(url, params={name: "1"})) == [name]
    problem_of(await user.get(url, headers={"Accept": "application/json"}), 406, "not_acceptable")


async def test_head_has_the_headers_of_the_export_alone(user: httpx.AsyncClient, url: str) -> None:
    head, full = await user.head(url), await user.get(url)

    assert (head.status_code, head.content) == (200, b"")
    assert "Content-Length" not in head.headers
    for name in ("Content-Type", "Content-Disposition", "Vary", "Cache-Control"):
        assert head.headers[name] == full.headers[name]


async def test_an_export_is_imported_unchanged(
    user: httpx.AsyncClient, url: str, domain: Domain, settings: Settings, tmp_path: Path
) -> None:
    if (target := TARGETS.get(domain.name)) is None:
        pytest.skip(f"{domain.name} has no import")
    for accept, name in (("text/csv", "rows.csv"), ("application/jsonl", "rows.jsonl")):
        path = tmp_path / name
        path.write_bytes((await user.get(url, headers={"Accept": accept})).content)
        keyed = [
            row
            for row in json_rows((await user.get(url, headers=JSON_LINES)).content)
            if row[target.key] is not None
        ]

        unchanged = await run_import_of(path, target=target, settings=settings)
        await delete_all_rows(settings.database_url.get_secret_value())
        await store_referenced(domain, settings)
        again = await run_import_of(path, target=target, settings=settings)

        assert (unchanged.unchanged, unchanged.inserted, unchanged.updated) == (len(keyed), 0, 0)
        assert again.inserted == len(keyed)
        assert json_rows((await user.get(url, headers=JSON_LINES)).content) == keyed
