"""`python -m app import` works for every domain with a unique key."""

import csv
from pathlib import Path
from typing import Any

import pytest

from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from tests.support.database import fetch_rows
from tests.support.domain import Domain, as_text, find_domains
from tests.support.import_files import run_import_of
from tests.support.service import TARGETS


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> ImportTarget:
    return TARGETS[request.param]


@pytest.fixture
def domain(target: ImportTarget) -> Domain:
    return find_domains()[target.resource]


def _rows(domain: Domain, target: ImportTarget) -> list[dict[str, Any]]:
    """Return the samples that have a key. The first one has no optional fields."""
    first, *others = (sample for sample in domain.samples if sample.get(target.key) is not None)
    bare = {**domain.body(), target.key: first[target.key]}
    return [bare, *({**domain.body(), **sample} for sample in others)]


def _write(path: Path, rows: list[dict[str, Any]], columns: list[str]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            given = {name: as_text(value) for name, value in row.items() if value is not None}
            writer.writerow(given)


async def test_rows_are_stored_once(
    target: ImportTarget, domain: Domain, settings: Settings, tmp_path: Path, database_url: str
) -> None:
    path = tmp_path / "rows.csv"
    rows = _rows(domain, target)
    _write(path, rows, list(target.schema.model_fields))

    async def imported() -> tuple[int, int, int]:
        counts = await run_import_of(path, target=target, settings=settings)
        return counts.inserted, counts.unchanged, counts.rejected

    assert await imported() == (len(rows), 0, 0)
    assert await imported() == (0, len(rows), 0)
    stored = {row[target.key]: row for row in await fetch_rows(database_url, domain.name)}
    for row in rows[1:]:
        new = domain.make_new(**{name: stored[row[target.key]][name] for name in row})
        assert [as_text(getattr(new, name)) for name in row] == list(map(as_text, row.values()))
