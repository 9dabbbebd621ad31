"""References between domains: what is refused, and the guide of docs/NEW_DOMAIN.md."""

import re
import shlex
from pathlib import Path

import pytest

from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.record import DomainRecord, record_path, record_text
from devtools.domain.references import refuse_bad_references
from devtools.domain.refusal import RefusedError
from devtools.domain.remove_domain import plan
from devtools.domain.uses import uses_of
from tests.support.repository_copy import ROOT, check_module_in, copy_repository

GUIDE = (ROOT / "docs" / "NEW_DOMAIN.md").read_text().partition("## Reference another domain")[2]
COMMANDS = re.search(r"(?ms)^```\n(.*?)^```$", GUIDE)
DOMAINS = {"letters": [], "parcels": ["letter:ref(letters)"], "trucks": ["parcel:ref(parcels)?"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A service with a chain of references, as far as they are recorded."""
    (tmp_path / "devtools/domain/records").mkdir(parents=True)
    (tmp_path / "migrations/versions").mkdir(parents=True)
    for plural, references in DOMAINS.items():
        record = DomainRecord(
            plural=plural, singular=plural[:-1], fields=["name:text", *references]
        )
        (tmp_path / record_path(plural)).write_text(record_text(record))
        folder = tmp_path / "app" / "api" / "v1" / plural
        folder.mkdir(parents=True)
        (folder / f"{plural[:-1]}_endpoints.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("plural", "field", "reason"),
    [
        ("parcels", "sender:ref(senders)", "no domain senders; the domains are letters, parcels"),
        ("parcels", "parent:ref(parcels)", "parent:ref(parcels): a domain cannot refer to itself"),
        ("letters", "truck:ref(trucks)", "trucks refers to parcels refers to letters refers to"),
    ],
)
def test_an_impossible_reference_is_refused(
    root: Path, plural: str, field: str, reason: str
) -> None:
    fields = read_fields([field], Names(plural=plural, singular=plural[:-1]))

    with pytest.raises(RefusedError, match=re.escape(reason)):
        refuse_bad_references(plural, fields, root)


def test_a_chain_of_references_is_no_circle(root: Path) -> None:
    fields = read_fields(["letter:ref(letters)"], Names(plural="trucks", singular="truck"))

    refuse_bad_references("trucks", fields, root)


def test_a_referenced_domain_is_not_removed(root: Path) -> None:
    with pytest.raises(RefusedError, match="parcels refer to it") as refusal:
        plan("letters", root)

    assert "python3 dev.py remove-domain parcels" in str(refusal.value)


def test_the_foreign_key_of_a_dropped_table_is_no_use(root: Path) -> None:
    versions = root / "migrations" / "versions"
    made = "CREATE TABLE parcels (letter_id bigint REFERENCES letters)"
    (versions / "0001_parcels.py").write_text(f'SQL = "{made}"\n')
    assert list(uses_of(root, "letters", set())) == [
        "migrations/versions/0001_parcels.py:1: REFERENCES letters"
    ]

    (versions / "0002_parcels_removed.py").write_text('SQL = "DROP TABLE parcels"\n')

    assert list(uses_of(root, "letters", set())) == []


@pytest.mark.skipif(
    any((ROOT / "app" / "models" / name).exists() for name in ("orders", "customers")),
    reason="this service has such domains already",
)
def test_following_the_guide_creates_domains_that_pass_their_tests(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    assert COMMANDS is not None
    for command in COMMANDS[1].splitlines():
        assert command.startswith("python3 dev.py ")
        check_module_in(copy, "devtools", *shlex.split(command)[2:])

    check_module_in(copy, "ruff", "check", "--no-cache", ".")
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", ".")
    check_module_in(copy, "devtools", "check-migrations")
    tests = ["tests/orders/unit", "tests/orders/integration", "tests/domains/test_imports.py"]
    check_module_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
