"""Forms of the name of a domain in code and text, and checks of requested names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devtools.domain.refusal import RefusedError
from devtools.domain.reserved import BUILTINS, PATHS, PLURALS, PYTHON, SINGULARS, SQL

# Keeps lines within 100 characters and `<domain>_<field>_length` within the 63 of PostgreSQL.
MAX_LENGTH = 24

LAYERS = ("api/v1", "exceptions", "models", "repositories", "schemas", "services")

_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
# `series`, `status`, `analyses`, `heroes`, `shelves`, `indices`, but not `prices` or `curves`.
_IRREGULAR = re.compile(
    r"(ss|us|is|series|species|news|yses|theses|gnoses|crises|oes|lves|(nd|rt|tr)ices)$"
)


@dataclass(frozen=True, kw_only=True)
class Names:
    """Plural and singular of a domain, such as `sales_orders` and `sales_order`."""

    plural: str
    singular: str

    @property
    def camel(self) -> str:
        return camel(self.singular)

    @property
    def constant(self) -> str:
        return self.singular.upper()

    @property
    def title(self) -> str:
        """Tag of the routes: `Sales orders`."""
        return self.words.capitalize()

    @property
    def words(self) -> str:
        return self.plural.replace("_", " ")

    @property
    def word(self) -> str:
        return self.singular.replace("_", " ")

    @property
    def a_word(self) -> str:
        return f"{'an' if self.word[0] in 'aeiou' else 'a'} {self.word}"


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def read_names(
    plural: str, singular: str | None, root: Path, *, renamed: str | None = None
) -> Names:
    """Check the names and guess a missing singular; raise RefusedError for an unusable name.

    The domain `renamed` gives up its own names.
    """
    _refuse_bad(plural, PLURALS | PATHS)
    if singular is None:
        singular = singular_of(plural)
        _refuse_guess(plural, singular)
    _refuse_bad(singular, SINGULARS)
    if singular == plural:
        raise RefusedError(f"{plural}: the singular must differ from the plural")
    _refuse_taken(Names(plural=plural, singular=singular), root, renamed)
    return Names(plural=plural, singular=singular)


def singular_of(plural: str) -> str:
    """Guess the singular of `orders`, `categories`, `addresses`, `statuses` or `houses`.

    Raise RefusedError where English has several rules.
    """
    if not plural.endswith("s") or _IRREGULAR.search(plural):
        raise RefusedError(f"{plural}: the singular cannot be guessed; give it with --singular")
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if re.search(r"(ss|x|ch|sh|zz|[^ao]us)es$", plural):
        return plural[:-2]
    return plural[:-1]


def _refuse_guess(plural: str, singular: str) -> None:
    try:
        _refuse_bad(singular, SINGULARS)
    except RefusedError as refusal:
        raise RefusedError(
            f"{plural}: the singular was guessed as {refusal};"
            f" give another with --singular, such as --singular {singular[:19].rstrip('_')}_item"
        ) from None


def _refuse_bad(name: str, reserved: frozenset[str]) -> None:
    if not _WORD.fullmatch(name):
        raise RefusedError(f"{name}: a name consists of lower-case words with _ between them")
    if len(name) > MAX_LENGTH:
        raise RefusedError(f"{name}: a name has at most {MAX_LENGTH} characters")
    if name in PYTHON | BUILTINS:
        raise RefusedError(f"{name}, which means something in Python")
    if name in reserved:
        raise RefusedError(f"{name}, which the code of every domain uses itself")


def _refuse_taken(names: Names, root: Path, renamed: str | None) -> None:
    if names.plural in SQL:
        raise RefusedError(f"{names.plural}: means something in SQL")
    places = [root / "app" / layer / names.plural for layer in LAYERS]
    for place in (*places, root / "tests" / names.plural):
        for taken in (place, place.with_suffix(".py")):
            if taken.exists() and not _is_left(taken):
                raise RefusedError(f"{names.plural}: {taken.relative_to(root)} exists already")
    if names.plural in tables(root):
        raise RefusedError(f"{names.plural}: a migration creates a table of this name")
    for other in (root / "app" / "api" / "v1").glob(f"*/{names.singular}_endpoints.py"):
        if other.parent.name == renamed:
            continue
        raise RefusedError(
            f"{names.singular}: {other.relative_to(root)} has the same singular;"
            " give another with --singular"
        )
    if f'prefix="/v1/{names.plural}"' in (root / "app" / "api" / "v1" / "router.py").read_text():
        raise RefusedError(f"{names.plural}: app/api/v1/router.py has a route of this name")


def _is_left(folder: Path) -> bool:
    """Return True for a folder of compiled code, as git leaves one when it switches branches."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return folder.is_dir() and all("__pycache__" in path.parts for path in files)


def tables(root: Path) -> set[str]:
    """Return the tables and views that exist after all migrations."""
    found = {"alembic_version"}
    for upgrade in upgrades(root):
        found |= {*re.findall(r"CREATE (?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)", upgrade)}
        found |= {*re.findall(r"ALTER TABLE \w+ RENAME TO (\w+)", upgrade)}
        found -= {*re.findall(r"DROP (?:TABLE|VIEW) (?:IF EXISTS )?(\w+)", upgrade)}
    return found


def view_of(root: Path, table: str) -> str | None:
    """Return the view that a rename has left under the former name of the table."""
    view = None
    for upgrade in upgrades(root):
        for name, shown in re.findall(
            r"CREATE VIEW (\w+) AS SELECT \*(?:, xmin)? FROM (\w+)", upgrade
        ):
            view = name if shown == table else view
        view = None if f"DROP VIEW {view}" in upgrade else view
    return view


def require_no_view(root: Path, table: str) -> None:
    if view := view_of(root, table):
        raise RefusedError(
            f"The view {view} of an earlier rename is still there;"
            f" first run: python3 dev.py rename-domain {view} {table} --finish"
        )


def upgrades(root: Path) -> Iterator[str]:
    """Yield the part of each migration that is not its downgrade."""
    for path in sorted((root / "migrations" / "versions").glob("*.py")):
        yield path.read_text().partition("\ndef downgrade(")[0]
