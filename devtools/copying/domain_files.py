"""Remove a domain: folders, migration, record, samples, wiring rows. Standard library only."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.wiring_rows import without_domain
from devtools.domain.refusal import RefusedError

LAYERS = ("api/v1", "models", "schemas", "repositories", "services", "exceptions")
RECORDS = "devtools/domain/records"
# Each has at most one row for a domain; only the router has one for every domain.
ROUTER = "app/api/v1/router.py"
OPTIONAL_WIRING = (
    "app/api/v1/handlers.py",
    "app/commands/export_targets.py",
    "app/commands/import_targets.py",
)

_REVISION = re.compile(r"^(down_revision|revision) = (.+)$", re.MULTILINE)


def has_domain(root: Path, plural: str) -> bool:
    """Return False, too, for a folder in which git has left compiled code."""
    return any((root / "app" / "api" / "v1" / plural).glob("*_endpoints.py"))


@dataclass(frozen=True, kw_only=True)
class Removal:
    """The folders and files of one domain to delete, and new texts of shared files."""

    folders: list[Path]
    files: list[Path]
    edits: dict[Path, str]

    def carry_out(self) -> None:
        for folder in self.folders:
            shutil.rmtree(folder)
        for file in self.files:
            file.unlink()
        for path, text in self.edits.items():
            path.write_text(text)


def remove_domain(root: Path, plural: str) -> None:
    """Remove all files and rows of the domain, and its migrations.

    Raises RefusedError, and changes nothing, if a file is not as expected.
    """
    migrations = _migrations(root, plural)
    removal = find_removal(root, plural)
    Removal(
        folders=removal.folders,
        files=[*migrations, *removal.files],
        edits=removal.edits | _relinked_migrations(migrations),
    ).carry_out()


def find_removal(root: Path, plural: str) -> Removal:
    """Return what has to change without the domain, apart from its migrations."""
    folders = [*(root / "app" / layer / plural for layer in LAYERS), root / "tests" / plural]
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise RefusedError(f"{missing[0].relative_to(root)} is missing: is {plural} a domain?")
    places = ("devtools/samples", RECORDS)
    return Removal(
        folders=folders,
        files=[file for place in places for file in (root / place).glob(f"{plural}.*")],
        edits=_wiring_without_domain(root, plural),
    )


def _wiring_without_domain(root: Path, plural: str) -> dict[Path, str]:
    """Return the new text of each shared file that imports from the domain."""
    edits = {root / ROUTER: without_domain(root / ROUTER, plural)}
    for name in OPTIONAL_WIRING:
        # An older version of the template has fewer of these files.
        if (root / name).exists() and re.search(rf"\.{plural}\b", (root / name).read_text()):
            edits[root / name] = without_domain(root / name, plural)
    return edits


def _migrations(root: Path, plural: str) -> list[Path]:
    """Return the migration that creates the table, and those of `add-field` and `remove-field`."""
    versions = [*(root / "migrations" / "versions").glob("*.py")]
    found = [path for path in versions if re.fullmatch(rf"[^_]+_{plural}\.py", path.name)]
    if len(found) != 1:
        raise RefusedError(f"migrations/versions: expected one *_{plural}.py, found {len(found)}")
    name = re.compile(rf"[^_]+_{plural}_(add|index|release|unindex|drop)_\w+\.py")
    changes = [path for path in versions if name.fullmatch(path.name)]
    # Another domain may have such a name.
    return [*found, *(path for path in changes if "CREATE TABLE" not in path.read_text())]


def _relinked_migrations(removed: list[Path]) -> dict[Path, str]:
    """Return the new text of each migration that follows one of these, by a link to an earlier."""
    links = dict(_links(path) for path in removed)
    texts = {}
    for path in {*removed[0].parent.glob("*.py")} - {*removed}:
        _, follows = _links(path)
        earlier = follows
        while earlier in links:
            earlier = links[earlier]
        if earlier != follows:
            texts[path] = path.read_text().replace(
                f"down_revision = {follows}\n", f"down_revision = {earlier}\n"
            )
    return texts


def _links(path: Path) -> tuple[str, str]:
    values = dict(_REVISION.findall(path.read_text()))
    return values.get("revision", ""), values.get("down_revision", "")
