"""A domain's name in all the forms that code needs, and the names that are refused."""

import re
from dataclasses import dataclass
from pathlib import Path

from devtools.domain.refusal import RefusedError
from devtools.domain.reserved import BUILTINS, DOMAIN_WORDS, PYTHON, SQL

# So that no line is too long, and `<domain>_<field>_length` not for PostgreSQL (63 characters).
MAX_LENGTH = 24

LAYERS = ("api/v1", "exceptions", "models", "repositories", "schemas", "services")

_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_UNCHANGED = ("series", "species", "news")


@dataclass(frozen=True, kw_only=True)
class Names:
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
        """The tag of the routes: `Sales orders`."""
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


def read_names(plural: str, singular: str | None, root: Path) -> Names:
    """Raise RefusedError for a name that cannot be one, or that something has already."""
    _refuse_bad(plural)
    singular = singular or singular_of(plural)
    _refuse_bad(singular)
    if singular == plural:
        raise RefusedError(f"{plural}: the singular must differ from the plural")
    _refuse_taken(Names(plural=plural, singular=singular), root)
    return Names(plural=plural, singular=singular)


def singular_of(plural: str) -> str:
    """Guess, or ask to be told: `orders`, `categories`, `addresses`, `statuses`, `houses`."""
    if not plural.endswith("s") or plural.endswith(("ss", *_UNCHANGED)):
        raise RefusedError(f"{plural}: the singular is not plain; give it with --singular")
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if re.search(r"(ss|x|ch|sh|zz|[^ao]us)es$", plural):
        return plural[:-2]
    return plural[:-1]


def _refuse_bad(name: str) -> None:
    if not _WORD.fullmatch(name):
        raise RefusedError(f"{name}: a name is of lower-case words with _ between them")
    if len(name) > MAX_LENGTH:
        raise RefusedError(f"{name}: a name has at most {MAX_LENGTH} characters")
    if name in PYTHON | BUILTINS:
        raise RefusedError(f"{name}: means something in Python")
    if name in DOMAIN_WORDS:
        raise RefusedError(f"{name}: means something in every domain")


def _refuse_taken(names: Names, root: Path) -> None:
    if names.plural in SQL:
        raise RefusedError(f"{names.plural}: means something in SQL")
    places = [root / "app" / layer / names.plural for layer in LAYERS]
    for place in (*places, root / "tests" / names.plural):
        for taken in (place, place.with_suffix(".py")):
            if taken.exists():
                raise RefusedError(f"{names.plural}: {taken.relative_to(root)} exists already")
    if names.plural in tables(root):
        raise RefusedError(f"{names.plural}: a migration makes a table of this name")
    wiring = (root / "app" / "dependencies.py").read_text()
    if re.search(rf"\b{names.camel}(Service|Repository)\b", wiring):
        raise RefusedError(f"{names.singular}: app/dependencies.py knows a service of this name")
    if f'prefix="/v1/{names.plural}"' in (root / "app" / "api" / "v1" / "router.py").read_text():
        raise RefusedError(f"{names.plural}: app/api/v1/router.py has a route of this name")


def tables(root: Path) -> set[str]:
    texts = (path.read_text() for path in (root / "migrations" / "versions").glob("*.py"))
    made = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
    return {table for text in texts for table in made.findall(text)} | {"alembic_version"}
