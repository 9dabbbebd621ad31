"""Remove a domain: folders, migration, samples and wiring rows. Standard library only."""

import re
import shutil
from pathlib import Path

from devtools.copying.wiring_rows import without_domain
from devtools.domain.refusal import RefusedError

LAYERS = ("api/v1", "models", "schemas", "repositories", "services", "exceptions")
# Each has at most one row for a domain; only the router has one for every domain.
ROUTER = "app/api/v1/router.py"
OPTIONAL_WIRING = (
    "app/api/v1/handlers.py",
    "app/commands/export_targets.py",
    "app/commands/import_targets.py",
)

_REVISION = re.compile(r"^(down_revision|revision) = (.+)$", re.MULTILINE)


def has_domain(root: Path, plural: str) -> bool:
    return (root / "app" / "api" / "v1" / plural).is_dir()


def remove_domain(root: Path, plural: str) -> None:
    """Remove all files and rows of the domain.

    Raises RefusedError, and changes nothing, if a file is not as expected.
    """
    folders = [*(root / "app" / layer / plural for layer in LAYERS), root / "tests" / plural]
    migration = _migration(root, plural)
    edits = {**_wiring_without_domain(root, plural), **_relinked_migrations(migration)}
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise RefusedError(f"{missing[0].relative_to(root)} is missing: is {plural} a domain?")
    for folder in folders:
        shutil.rmtree(folder)
    for file in (migration, *(root / "devtools" / "samples").glob(f"{plural}.*")):
        file.unlink()
    for path, text in edits.items():
        path.write_text(text)


def _wiring_without_domain(root: Path, plural: str) -> dict[Path, str]:
    """Return the new text of each shared file that imports from the domain."""
    edits = {root / ROUTER: without_domain(root / ROUTER, plural)}
    for name in OPTIONAL_WIRING:
        # An older version of the template has fewer of these files.
        if (root / name).exists() and re.search(rf"\.{plural}\b", (root / name).read_text()):
            edits[root / name] = without_domain(root / name, plural)
    return edits


def _migration(root: Path, plural: str) -> Path:
    found = [*(root / "migrations" / "versions").glob(f"*_{plural}.py")]
    if len(found) != 1:
        raise RefusedError(f"migrations/versions: expected one *_{plural}.py, found {len(found)}")
    return found[0]


def _relinked_migrations(migration: Path) -> dict[Path, str]:
    """Return the new text of each migration that follows this one: it follows the previous one."""
    removed = dict(_REVISION.findall(migration.read_text()))
    follows = f"down_revision = {removed['revision']}\n"
    return {
        path: text.replace(follows, f"down_revision = {removed['down_revision']}\n")
        for path in migration.parent.glob("*.py")
        if follows in (text := path.read_text())
    }
