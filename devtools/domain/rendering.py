"""Render the files of a domain from templates, and format them as ruff does."""

import subprocess
import sys
from functools import partial
from pathlib import Path

from mako.lookup import TemplateLookup  # type: ignore[import-untyped]  # it has none

from devtools.domain.blueprint import Blueprint, numbered
from devtools.domain.names import LAYERS
from devtools.domain.sql_lines import wrapped

TEMPLATES = TemplateLookup([str(Path(__file__).with_name("templates"))], strict_undefined=True)

# Path of each file by the name of its template.
FILES = {
    "model": "app/models/{plural}/{singular}.py",
    "events": "app/models/{plural}/{singular}_events.py",
    "exceptions": "app/exceptions/{plural}/{singular}_exceptions.py",
    "schemas": "app/schemas/{plural}/{singular}_schemas.py",
    "repository": "app/repositories/{plural}/{singular}_repository.py",
    "postgres_repository": "app/repositories/{plural}/postgres_{singular}_repository.py",
    "cached_repository": "app/repositories/{plural}/cached_{singular}_repository.py",
    "service": "app/services/{plural}/{singular}_service.py",
    "dependencies": "app/api/v1/{plural}/{singular}_dependencies.py",
    "endpoints": "app/api/v1/{plural}/{singular}_endpoints.py",
    "migration": "migrations/versions/{revision}_{plural}.py",
    "factories": "tests/{plural}/factories.py",
    "fakes": "tests/{plural}/fakes.py",
    "test_schemas": "tests/{plural}/unit/test_{singular}_schemas.py",
    "test_service": "tests/{plural}/unit/test_{singular}_service.py",
    "test_routes": "tests/{plural}/integration/test_{singular}_routes.py",
    "test_e2e": "tests/{plural}/e2e/test_{plural}_service.py",
}
OF_REFERENCES = {"conftest": "tests/{plural}/conftest.py"}
PACKAGES = (
    *(f"app/{layer}/{{plural}}" for layer in LAYERS),
    *(f"tests/{{plural}}{folder}" for folder in ("", "/unit", "/integration", "/e2e")),
)

# Rules of ruff for imports.
SORT_AND_PRUNE, SORT = "I,F401", "I"

_SETTINGS = (
    # The folder contains only some of the modules, so ruff cannot detect which are first-party.
    '--config=lint.isort.known-first-party=["app", "devtools", "tests"]',
    "--config=lint.isort.split-on-trailing-comma=false",
)


def render(blueprint: Blueprint) -> dict[str, str]:
    """Return the unformatted text of every new file by its path."""
    names = blueprint.names
    place = {"plural": names.plural, "singular": names.singular, "revision": blueprint.revision}
    files = FILES | (OF_REFERENCES if blueprint.references else {})
    texts = {f"{package.format(**place)}/__init__.py": "" for package in PACKAGES}
    for template, path in files.items():
        text = TEMPLATES.get_template(f"{template}.py.mako").render(**_context(blueprint))
        texts[path.format(**place)] = text
    return texts


def _context(blueprint: Blueprint) -> dict[str, object]:
    members = [name for name in dir(blueprint) if not name.startswith("_")]
    taken = "".join(f"{key.error}, " for key in blueprint.keys)
    return {
        **{name: getattr(blueprint, name) for name in members},
        "n": blueprint.names,
        "taken": taken,
        "event": partial(_event, blueprint),
        "wrapped": wrapped,
        "numbered": numbered,
    }


def _event(blueprint: Blueprint, what: str) -> str:
    """Return the argument of the call that records a change."""
    no_events = blueprint.choices.no_events
    return "" if no_events else f", event={blueprint.names.constant}_{what}"


def write(texts: dict[str, str], root: Path) -> None:
    for path, text in texts.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def formatted(
    texts: dict[str, str], stage: Path, settings: Path, *, imports: str = SORT_AND_PRUNE
) -> dict[str, str]:
    """Apply the rules to the imports, and format the code with ruff."""
    (stage / "pyproject.toml").write_text(settings.read_text())
    write(texts, stage)
    ruff = str(Path(sys.executable).with_name("ruff"))
    for arguments in (("check", "--fix", f"--select={imports}", *_SETTINGS), ("format",)):
        command = [ruff, *arguments, "--quiet", "--no-cache", "."]
        subprocess.run(command, cwd=stage, check=True)  # noqa: S603 - our own arguments
    return {path: (stage / path).read_text() for path in texts}
