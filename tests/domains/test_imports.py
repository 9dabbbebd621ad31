"""`python -m app import` of every domain that has a key to know its rows by."""

import csv
from pathlib import Path
from typing import Any

import pytest

from app.commands.import_file import import_file
from app.commands.import_targets import TARGETS, ImportTarget
from app.config.settings import Settings
from app.infrastructure.import_files.rejected_file import RejectedFile, beside
from tests.database import rows_of
from tests.domains.domain import Domain, as_text, find_domains


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> ImportTarget:
    return TARGETS[request.param]


@pytest.fixture
def domain(target: ImportTarget) -> Domain:
    return find_domains()[target.resource]


def _rows(domain: Domain, target: ImportTarget) -> list[dict[str, Any]]:
    """Give the samples that have a key; the first without all that may be left out."""
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
        rejected = RejectedFile(beside(path))
        counts = await import_file(path, target=target, settings=settings, rejected=rejected)
        return counts.inserted, counts.unchanged, counts.rejected

    assert await imported() == (len(rows), 0, 0)
    assert await imported() == (0, len(rows), 0)
    stored = {row[target.key]: row for row in await rows_of(database_url, domain.name)}
    for row in rows[1:]:
        new = domain.make_new(**{name: stored[row[target.key]][name] for name in row})
        assert [as_text(getattr(new, name)) for name in row] == list(map(as_text, row.values()))
