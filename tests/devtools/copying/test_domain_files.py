"""A domain is removed completely or not at all."""

from pathlib import Path

import pytest

from devtools.copying.domain_files import LAYERS, OPTIONAL_WIRING, ROUTER, remove_domain
from devtools.domain.refusal import RefusedError

WIRING = {
    ROUTER: """\
from fastapi import APIRouter

from app.api.v1.letters import letter_endpoints

router = APIRouter()

router.include_router(letter_endpoints.router, prefix="/v1/letters", tags=["Letters"])
""",
    "app/api/v1/handlers.py": """\
from app.api.v1.letters import letter_handlers
from app.api.v1.parcels import parcel_handlers

HANDLERS = (*letter_handlers.HANDLERS, *parcel_handlers.HANDLERS)
""",
    "app/commands/export_targets.py": """\
from dataclasses import dataclass

from app.repositories.letters.postgres_letter_repository import PostgresLetterRepository
from app.schemas.letters.letter_schemas import LetterCreate, LetterFilters


@dataclass
class ExportTarget:
    resource: str


_TARGETS = [
    ExportTarget(
        resource="letters",
        schema=LetterCreate,
        filters=LetterFilters,
        repository=PostgresLetterRepository,
    ),
]
""",
    "app/commands/import_targets.py": """\
from dataclasses import dataclass

from app.schemas.letters.letter_schemas import LetterCreate


@dataclass
class ImportTarget:
    resource: str


_TARGETS = [
    ImportTarget(resource="letters", key="code", schema=LetterCreate),
]
""",
}
MIGRATIONS = {
    "0001_first": 'revision = "0001"\ndown_revision = None\n',
    "0002_letters": 'revision = "0002"\ndown_revision = "0001"\n',
    "0003_parcels": 'revision = "0003"\ndown_revision = "0002"\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A service with a domain `letters`."""
    for folder in (*(f"app/{layer}/letters" for layer in LAYERS), "tests/letters"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("app/commands", "migrations/versions", "devtools/samples"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in WIRING.items():
        (tmp_path / name).write_text(text)
    for name, text in MIGRATIONS.items():
        (tmp_path / "migrations" / "versions" / f"{name}.py").write_text(text)
    (tmp_path / "devtools" / "samples" / "letters.csv").write_text("code\n")
    return tmp_path


def files(root: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in root.rglob("*") if path.is_file()}


def test_folders_migration_and_samples_are_deleted(root: Path) -> None:
    remove_domain(root, "letters")

    assert [path for path in root.rglob("*") if "letters" in path.name] == []
    follower = root / "migrations" / "versions" / "0003_parcels.py"
    assert follower.read_text() == 'revision = "0003"\ndown_revision = "0001"\n'


def test_migrations_that_change_the_fields_are_deleted(root: Path) -> None:
    versions = root / "migrations" / "versions"
    numbers = ("0004_letters_add_colour", "0005_letters_index_colour", "0006_letters_add_ons")
    for name, follows in zip(numbers, ("0003", "0004", "0005"), strict=True):
        text = f'revision = "{name[:4]}"\ndown_revision = "{follows}"\n'
        (versions / f"{name}.py").write_text(text)
    # Another domain.
    with (versions / "0006_letters_add_ons.py").open("a") as file:
        file.write("# CREATE TABLE letters_add_ons\n")

    remove_domain(root, "letters")

    left = {path.stem: path.read_text().splitlines()[1] for path in versions.glob("*.py")}
    assert left == {
        "0001_first": "down_revision = None",
        "0003_parcels": 'down_revision = "0001"',
        "0006_letters_add_ons": 'down_revision = "0003"',
    }


def test_each_wiring_file_loses_one_row_and_its_import(root: Path) -> None:
    remove_domain(root, "letters")

    assert (root / ROUTER).read_text() == (
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n"
    )
    handlers, *targets = ((root / name).read_text() for name in OPTIONAL_WIRING)
    assert handlers == (
        "from app.api.v1.parcels import parcel_handlers\n\n"
        "HANDLERS = (*parcel_handlers.HANDLERS,)\n"
    ).replace(",)", ")")
    for text in targets:
        assert text.startswith("from dataclasses import dataclass\n\n\n@dataclass\n")
        assert text.endswith("\n\n\n_TARGETS = []\n")


def test_a_domain_without_handlers_and_imports_is_removed(root: Path) -> None:
    for name in OPTIONAL_WIRING:
        (root / name).write_text("NOTHING = ()\n")

    remove_domain(root, "letters")

    assert {(root / name).read_text() for name in OPTIONAL_WIRING} == {"NOTHING = ()\n"}


def test_a_domain_is_removed_from_a_template_without_exports(root: Path) -> None:
    (root / "app" / "commands" / "export_targets.py").unlink()

    remove_domain(root, "letters")

    assert [path for path in root.rglob("*") if "letters" in path.name] == []


@pytest.mark.parametrize("name", WIRING)
def test_an_unexpected_row_is_named_and_nothing_is_changed(root: Path, name: str) -> None:
    imports_only = "\n".join(line for line in WIRING[name].splitlines() if "import" in line)
    (root / name).write_text(imports_only)
    before = files(root)

    with pytest.raises(RefusedError, match=f"{name}: expected one row"):
        remove_domain(root, "letters")

    assert files(root) == before


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("migrations/versions/0002_letters.py", "expected one \\*_letters.py, found 0"),
        ("app/services/letters", "app/services/letters is missing"),
    ],
)
def test_a_missing_row_is_named_and_nothing_is_changed(
    root: Path, place: str, message: str
) -> None:
    (root / place).rename(root / "elsewhere")
    before = files(root)

    with pytest.raises(RefusedError, match=message):
        remove_domain(root, "letters")

    assert files(root) == before
