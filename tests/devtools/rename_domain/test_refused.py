"""`dev.py rename-domain` refuses what it cannot do whole, with the reason."""

from pathlib import Path

import pytest

from devtools.domain.names import tables, view_of
from devtools.domain.refusal import RefusedError
from devtools.domain.renaming.plan import make_plan
from tests.support.repository_copy import ROOT


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("parcels", "letters", "parcels is not a domain"),
        ("../app", "letters", "is not a domain"),
        ("shared", "letters", "shared is not a domain"),
    ],
)
def test_only_a_domain_can_be_renamed(old: str, new: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        make_plan(old, new, None, ROOT)


@pytest.mark.parametrize("columns", ["*, xmin", "*"])
def test_a_table_that_is_renamed_leaves_a_view_until_it_is_dropped(
    tmp_path: Path, columns: str
) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_letters.py").write_text("CREATE TABLE letters (\n")
    view = f"CREATE VIEW letters AS SELECT {columns} FROM parcels"  # noqa: S608 - ours
    renamed = f"ALTER TABLE letters RENAME TO parcels\n{view}\n"
    (versions / "0002_letters_to_parcels.py").write_text(renamed)
    assert tables(tmp_path) == {"alembic_version", "letters", "parcels"}
    assert view_of(tmp_path, "parcels") == "letters"

    (versions / "0003_without_letters.py").write_text("DROP VIEW letters\n")

    assert tables(tmp_path) == {"alembic_version", "parcels"}
    assert view_of(tmp_path, "parcels") is None
