"""The words of a domain under its old and its new name, compared in two renderings."""

import re
import token
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from devtools.domain.blueprint import Blueprint
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError
from devtools.domain.renaming.segments import Segment, segments_of
from devtools.domain.rendering import FILES, render

# Of a string, with its prefix.
_QUOTES = re.compile(r"^\w*(\"\"\"|'''|[\"'])|(\"\"\"|'''|[\"'])$")

Renders = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """New texts by old ones; what the code also uses for something else is in none of them."""

    old: Names
    new: Names
    identifiers: Mapping[str, str]
    # Strings with their quotes, and comments.
    texts: Mapping[str, str]
    # Lines within strings, of several words each.
    phrases: Mapping[str, str]
    # Identifiers of the new names that the old code does not have.
    added: frozenset[str]


def renderings(old: Blueprint, new: Blueprint) -> dict[str, tuple[str, str]]:
    """Return both unformatted texts of each file by its old path, apart from the migration."""
    before, after = render(old), render(new)
    migration = FILES["migration"].format(revision=old.revision, plural=old.names.plural)
    pairs = zip(before.items(), after.items(), strict=True)
    return {path: (text, new_text) for (path, text), (_, new_text) in pairs if path != migration}


def read_vocabulary(old: Names, new: Names, rendered: Renders) -> Vocabulary:
    """Compare the renderings token by token: both have the same ones, apart from names."""
    identifiers: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, set[str]] = defaultdict(set)
    phrases: dict[str, set[str]] = defaultdict(set)
    for before, after in rendered.values():
        pairs = [*zip(segments_of(before), segments_of(after), strict=True)]
        for line, new_line in _joined_strings(pairs):
            phrases[line].add(new_line)
        for segment, renamed in pairs:
            if segment.kind == token.NAME and not segment.module:
                identifiers[segment.text].add(renamed.text)
            if segment.kind in (token.STRING, token.COMMENT):
                texts[segment.text].add(renamed.text)
            for line, new_line in _phrases(segment, renamed):
                phrases[line].add(new_line)
    changed = _unambiguous(identifiers)
    return Vocabulary(
        old=old,
        new=new,
        identifiers=changed,
        texts=_unambiguous(texts),
        phrases=_unambiguous(phrases),
        added=frozenset({name for names in identifiers.values() for name in names})
        - identifiers.keys(),
    )


def require_unused(vocabulary: Vocabulary, sources: Mapping[str, str]) -> None:
    """Refuse new names that the files of the domain use for something else already.

    Also refuses files that are not Python.
    """
    for path, source in sources.items():
        try:
            used = {segment.text for segment in segments_of(source) if segment.kind == token.NAME}
        except SyntaxError as error:
            raise RefusedError(f"{path} is not valid Python: {error}") from None
        if taken := sorted(used & vocabulary.added):
            raise RefusedError(f"{path} uses the name {taken[0]} for something else already")


def _phrases(segment: Segment, renamed: Segment) -> Iterator[tuple[str, str]]:
    """Yield the lines of a string."""
    if segment.kind == token.STRING:
        lines = (_QUOTES.sub("", each.text).splitlines() for each in (segment, renamed))
        for line, new_line in zip(*lines, strict=False):
            if " " in line.strip():
                yield line.strip(), new_line.strip()


def _joined_strings(pairs: Iterable[tuple[Segment, Segment]]) -> Iterator[tuple[str, str]]:
    """Yield what the formatter makes of adjacent strings where they fit into one line."""
    for kind, group in groupby(pairs, key=lambda pair: pair[0].kind):
        adjacent = [*group]
        if kind == token.STRING and len(adjacent) > 1:
            old, new = (
                "".join(_QUOTES.sub("", segments[number].text) for segments in adjacent)
                for number in (0, 1)
            )
            yield old, new


def _unambiguous(found: Mapping[str, set[str]]) -> dict[str, str]:
    pairs = {old: [*new] for old, new in found.items() if len(new) == 1}
    return {old: new for old, (new,) in pairs.items() if new != old}
