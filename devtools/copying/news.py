"""The entries of a changelog that an older version of it does not have. Standard library only."""

import re
from collections.abc import Iterator

_BLOCK = re.compile(r"(?=^- )|\n{2,}", re.MULTILINE)


def news_between(old: str, new: str) -> str:
    """Return the new entries under their headings: the version, then `### Added` and so on."""
    known = {*_blocks(old)}
    lines: list[str] = []
    headings: list[str] = []
    for block in _blocks(new):
        if block.startswith("#"):
            level = len(block) - len(block.lstrip("#"))
            headings = [each for each in headings if not each.startswith("#" * level + " ")]
            # A version has kinds of entries of its own.
            headings = [each for each in headings if level > 2 or not each.startswith("### ")]  # noqa: PLR2004
            headings.append(block)
        elif block not in known:
            lines += [*headings, block]
            headings = []
    return "".join(f"{line}\n" for line in lines)


def _blocks(text: str) -> Iterator[str]:
    """Yield headings, entries and paragraphs."""
    for section in re.split(r"^(#+ .*)$", text, flags=re.MULTILINE):
        for block in _BLOCK.split(section):
            if stripped := block.strip():
                yield stripped
