"""Numbers of the newest and of the next migration."""

from collections.abc import Mapping
from pathlib import Path

from app.infrastructure.database.schema_version import read_links
from devtools.domain.refusal import RefusedError


def newest_revision(root: Path) -> str:
    """Return the only head; raise RefusedError if the migrations have no order."""
    revisions = {
        path.name: links
        for path in sorted((root / "migrations" / "versions").glob("*.py"))
        if "revision" in (links := _links(path))
    }
    followed = {each for links in revisions.values() for each in _followed(links)}
    heads = [name for name, links in revisions.items() if links["revision"] not in followed]
    _refuse_repeated(revisions)
    if not heads:
        raise RefusedError("migrations/versions has no newest migration: restore it with git")
    if len(heads) > 1:
        raise RefusedError(
            f"The migrations {' and '.join(heads)} have no order: set down_revision of one of"
            " them to the revision of the other, then repeat this"
        )
    return str(revisions[heads[0]]["revision"])


def next_revision(root: Path) -> str:
    numbers = (path.name.partition("_")[0] for path in (root / "migrations/versions").glob("*.py"))
    return f"{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1:04}"


def _links(path: Path) -> Mapping[str, object]:
    try:
        return dict(read_links(path))
    except SyntaxError as error:
        raise RefusedError(f"{path.name} is not valid Python: see line {error.lineno}") from None


def _followed(links: Mapping[str, object]) -> list[str]:
    down = links.get("down_revision")
    return [*down] if isinstance(down, tuple | list) else [str(down)]


def _refuse_repeated(revisions: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse two files with one revision, as two branches write them; Alembic would skip one."""
    names: dict[object, str] = {}
    for name, links in revisions.items():
        first = names.setdefault(links["revision"], name)
        if first != name:
            raise RefusedError(
                f"{first} and {name} have the same revision: give one of them the next free"
                " number, and the other as its down_revision, then repeat this"
            )
