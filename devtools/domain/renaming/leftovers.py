"""Find the old URL and table of a renamed domain in text that a rename does not change."""

import token
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from devtools.copying.generated import FILES
from devtools.copying.git import attempt, is_installed
from devtools.copying.template_files import tracked_files
from devtools.domain.names import Names
from devtools.domain.renaming.segments import Segment, replace_segments
from devtools.domain.renaming.texts import in_sql, in_urls

# Migrations stay as they ran, these documents tell what was, and others are generated.
_IGNORED = ("migrations/", "CHANGELOG.md", *FILES)


def leftovers_of(root: Path, names: Names) -> Iterator[str]:
    """Yield `path:line` of each line with the old URL, or the old table in SQL.

    Lines that are older than the domain are not about it: examples in files of the template.
    """
    origin = _commit_before(root, names)
    for path in map(str, tracked_files(root)):
        if path.startswith(_IGNORED):
            continue
        found = [*_lines(path, (root / path).read_text("utf-8", errors="replace"), names.plural)]
        if found and origin:
            shown = attempt(root, "show", f"{origin}:./{path}").stdout
            older = Counter(text for _, text in _lines(path, shown, names.plural))
            found = [*_without(found, older)]
        yield from (f"{path}:{number}" for number, _ in found)


def _commit_before(root: Path, names: Names) -> str | None:
    """Return the commit before that which added the domain, if the repository has it."""
    if not is_installed():
        return None
    added = f"app/api/v1/{names.plural}/{names.singular}_endpoints.py"
    log = attempt(root, "log", "-1", "--diff-filter=A", "--format=%P", "--", added)
    parent = log.stdout.split()[:1]
    is_known = parent and not attempt(root, "cat-file", "-e", parent[0]).returncode
    return parent[0] if is_known else None


def _lines(path: str, text: str, plural: str) -> Iterator[tuple[int, str]]:
    edits = (in_urls(plural, ""), in_sql(plural, ""))
    searched = _strings_of(text) if path.endswith(".py") else text
    for number, line in enumerate(searched.splitlines(), 1):
        if any(edit(line) != line for edit in edits):
            yield number, line.strip()


def _strings_of(source: str) -> str:
    """Return the source with strings and comments only; a variable `orders` is no table."""

    def kept(segment: Segment) -> str:
        return segment.text if segment.kind in (token.STRING, token.COMMENT) else ""

    try:
        return replace_segments(source, kept)
    except SyntaxError:
        return source


def _without(found: list[tuple[int, str]], older: Counter[str]) -> Iterator[tuple[int, str]]:
    for number, text in found:
        if older[text]:
            older[text] -= 1
        else:
            yield number, text
