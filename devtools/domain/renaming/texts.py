"""Rename a domain within the strings of code that its owner has written or edited."""

import re
from collections.abc import Callable, Iterator

from devtools.domain.renaming.vocabulary import Vocabulary

_BRACES = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"(?<![\w\"'])[A-Za-z_]\w*")
_STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM)\b")

Edit = Callable[[str], str]


def renamed_string(text: str, vocabulary: Vocabulary) -> str:
    """Return the new string; `text` has its prefix and quotes.

    Only places that name the domain for the program change: SQL, URLs, resources, events, names
    in braces. Prose stays as the owner has written it.
    """
    if text in vocabulary.texts:
        return vocabulary.texts[text]
    for edit in _edits(vocabulary, is_sql=bool(_STATEMENT.search(text))):
        text = edit(text)
    return text


def _edits(vocabulary: Vocabulary, *, is_sql: bool) -> Iterator[Edit]:
    old, new = vocabulary.old, vocabulary.new
    yield lambda text: _in_phrases(text, vocabulary)
    yield in_urls(old.plural, new.plural)
    # "orders", f"orders/{order.id}": a resource of the audit, or a tag of the cache.
    yield _replacing(rf"^(\w*[\"']){old.plural}(?=[\"'/])", rf"\g<1>{new.plural}")
    yield _replacing(rf"^([\"']){old.singular}\.(?=\w+[\"']$)", rf"\g<1>{new.singular}.")
    yield lambda text: _BRACES.sub(lambda found: _in_braces(found[0], vocabulary), text)
    if is_sql:
        yield in_sql(old.plural, new.plural)


def in_urls(old: str, new: str) -> Edit:
    return _replacing(rf"(/v1/){old}(?![\w-])", rf"\g<1>{new}")


def in_sql(old: str, new: str) -> Edit:
    """Rename the table where a statement names it, or a column or constraint of it."""
    table = rf"(\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|REFERENCES) ){old}\b"
    column = rf"()\b{old}(?=\.[a-z])"
    constraint = rf"()\b{old}(?=_[a-z0-9_]+_(?:key|pkey|fkey|check|idx|walk|length|known|range)\b)"
    return _replacing(f"{table}|{column}|{constraint}", lambda found: f"{found[1] or ''}{new}")


def _in_phrases(text: str, vocabulary: Vocabulary) -> str:
    known = [phrase for phrase in vocabulary.phrases if phrase in text]
    # The longest first: it may begin with another one.
    pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.sub(pattern, lambda found: vocabulary.phrases[found[0]], text) if known else text


def _in_braces(text: str, vocabulary: Vocabulary) -> str:
    return _WORD.sub(lambda found: vocabulary.identifiers.get(found[0], found[0]), text)


def _replacing(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Edit:
    return lambda text: re.sub(pattern, new, text)
