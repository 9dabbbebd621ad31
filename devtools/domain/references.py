"""The references between the domains of a service."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from devtools.copying.domain_files import has_domain
from devtools.domain.field import Field
from devtools.domain.record import FOLDER, read_record
from devtools.domain.refusal import RefusedError

_REFERENCE = re.compile(r":ref\((\w+)\)")


def refuse_bad_references(plural: str, fields: Iterable[Field], root: Path) -> None:
    """Raise RefusedError if a field refers to no domain, or closes a circle."""
    for field in fields:
        if field.kind != "ref":
            continue
        spelling = f"{field.referenced_word}:ref({field.target})"
        if field.target == plural:
            raise RefusedError(f"{spelling}: a domain cannot refer to itself")
        if not has_domain(root, field.target):
            known = sorted(path.parent.name for path in root.glob("app/api/v1/*/*_endpoints.py"))
            raise RefusedError(
                f"{spelling}: there is no domain {field.target}; the domains are"
                f" {', '.join(known) or 'none yet'}. Make it first"
            )
        if circle := _path_between(field.target, plural, root):
            raise RefusedError(
                f"{spelling}: {' refers to '.join((*circle, field.target))}, and the first record"
                " could not be stored"
            )


def referring_domains(plural: str, root: Path) -> list[str]:
    """Return the domains with a field that refers to this one."""
    others = sorted(path.stem for path in (root / FOLDER).glob("*.json"))
    return [other for other in others if plural in _targets(other, root)]


def _targets(plural: str, root: Path) -> list[str]:
    if not (root / FOLDER / f"{plural}.json").exists():
        return []
    return _REFERENCE.findall("\n".join(read_record(root, plural).fields))


def _path_between(start: str, end: str, root: Path) -> Sequence[str]:
    """Return the domains from `start` to `end`, each of which refers to the next."""
    if start == end:
        return (start,)
    for target in _targets(start, root):
        if rest := _path_between(target, end, root):
            return (start, *rest)
    return ()
