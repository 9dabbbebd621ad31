"""Markdown without what speaks of something that has gone. Standard library only."""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

WIDTH = 110
_HEADING = re.compile(r"(#+) (.+)")
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]*))?\)")
_PLACE = re.compile(r"`((?:app|tests|devtools|migrations|docs)/[\w/.-]+)`")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\[])")
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")

Block = list[str]
Speaks = Callable[[str], bool]


def prune_documents(root: Path, named: re.Pattern[str]) -> None:
    documents = [*root.glob("*.md"), *root.glob("docs/*.md")]
    # A heading that has gone may have been linked to.
    while any(_prune(document, root, named) for document in documents):
        pass


def _prune(document: Path, root: Path, named: re.Pattern[str]) -> bool:
    before = document.read_text()

    def speaks(text: str) -> bool:
        return named.search(text) is not None or _leads_nowhere(text, document, root)

    kept = [block for block in (_without(each, speaks) for each in _blocks(before)) if block]
    after = "\n\n".join("\n".join(block) for block in _with_content(kept)) + "\n"
    document.write_text(after)
    return after != before


def _leads_nowhere(text: str, document: Path, root: Path) -> bool:
    links = [
        (document.parent / path if path else document, anchor)
        for path, anchor in _LINK.findall(text)
        if not path.startswith("http")
    ]
    return any(not (root / place).exists() for place in _PLACE.findall(text)) or any(
        not path.exists() or (anchor and anchor not in _anchors(path)) for path, anchor in links
    )


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _blocks(text: str) -> list[Block]:
    """Split at empty lines, but for those inside a fence."""
    blocks: list[Block] = [[]]
    is_fenced = False
    for line in text.splitlines():
        is_fenced ^= line.startswith("```")
        if line or is_fenced:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _without(block: Block, speaks: Speaks) -> Block:
    text = "\n".join(block)
    # What is generated is made anew.
    if not speaks(text) or block[0].startswith("<!-- generated"):
        return block
    if block[0].startswith("|"):
        rows = [row for row in block[2:] if not speaks(row)]
        return [*block[:2], *rows] if rows else []
    if block[0].startswith("```"):
        lines = [line for line in block[1:-1] if not speaks(line)]
        return [block[0], *lines, block[-1]] if lines else []
    if block[0].startswith("    "):
        return [line for line in block if not speaks(line)]
    if _ITEM.match(block[0]):
        items = re.split(r"\n(?=(?:[-*]|\d+\.) )", text)
        return [item for item in items if not speaks(item)]
    sentences = [each for each in _SENTENCE.split(text) if not speaks(each)]
    return textwrap.wrap(" ".join(sentences), WIDTH, break_long_words=False, break_on_hyphens=False)


def _with_content(blocks: list[Block]) -> list[Block]:
    """Drop headings that nothing stands under any more."""
    kept: list[Block] = []
    for block in reversed(blocks):
        level = _level(block)
        follower = _level(kept[-1]) if kept else 1
        if not (level > 1 and follower and follower <= level):
            kept.append(block)
    return kept[::-1]


def _level(block: Block) -> int:
    heading = _HEADING.match(block[0])
    return len(heading[1]) if heading else 0
