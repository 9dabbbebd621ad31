"""Docstrings, comments and documents use plain English: no file contains a banned word."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("app", "devtools", "migrations", "tests")

BANNED = {
    r"whoever|somebody|someone": "the caller, the client, another process",
    r"nobody|no one": "no caller, no client, no process",
    r"he|his|him|himself": "the caller, the operator, it",
    r"meanwhile": "in between, while …",
    r"farewell": "drain",
    r"mend|mends|mended|mending": "fix",
    r"doubt|doubts|doubted": "mark as stale",
    r"rehearse|rehearses|rehearsed|rehearsal": "dry run",
    r"is\s+away|are\s+away": "is unavailable",
    r"stranger|strangers": "caller that is not in the cache, new reader",
    r"is no JSON|is no CSV": "is not valid JSON, is not valid CSV",
}
WORD = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", re.IGNORECASE)

RIDDLE = re.compile(r"(?:Give|Gives|Who|Whose|What|Where) ")
PLAIN_START = "a verb and its object, or a noun phrase"


class Passage(NamedTuple):
    line: int
    text: str
    is_docstring: bool = False


def _python_passages(source: str) -> Iterator[Passage]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Passage(token.start[0], token.string)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is not None:
                yield Passage(node.body[0].lineno, docstring, is_docstring=True)


def _template_passages(source: str) -> Iterator[Passage]:
    for match in re.finditer(r'^ *"""(?P<text>\S.*?)"""', source, re.MULTILINE | re.DOTALL):
        yield Passage(_line_at(source, match.start()), match["text"], is_docstring=True)
    for match in re.finditer(r"#+ .*", source):
        yield Passage(_line_at(source, match.start()), match[0])


def _document_passages(source: str) -> Iterator[Passage]:
    prose = re.sub(r"```.*?```|`[^`\n]*`", _blank, source, flags=re.DOTALL)
    yield Passage(1, prose)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


PASSAGES = {".py": _python_passages, ".mako": _template_passages, ".md": _document_passages}


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in PASSAGES)
    yield from (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md"))


NAMES = sorted(str(path.relative_to(ROOT)) for path in _files() if path != Path(__file__))


def find_banned(passages: Iterator[Passage]) -> Iterator[str]:
    """Describe each banned word, with its line and a plain replacement."""
    for passage in passages:
        if passage.is_docstring and (start := RIDDLE.match(passage.text)):
            yield f"line {passage.line}: not {start[0].strip()!r} but {PLAIN_START}"
        for match in WORD.finditer(passage.text):
            line = passage.line + passage.text.count("\n", 0, match.start())
            yield f"line {line}: not {match[0]!r} but {_plain_word(match[0])!r}"


def _plain_word(banned: str) -> str:
    return next(
        plain for pattern, plain in BANNED.items() if re.fullmatch(pattern, banned, re.IGNORECASE)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_file_contains_no_banned_word(name: str) -> None:
    path = ROOT / name
    found = list(find_banned(PASSAGES[path.suffix](path.read_text("utf-8"))))

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        '"""What is kept."""',
        'def find():\n    """Give the record."""',
        "# Nobody waits here.",
        "x = 1  # mended later",
    ],
)
def test_a_banned_word_is_found_in_python(source: str) -> None:
    assert len(list(find_banned(_python_passages(source)))) == 1


def test_a_banned_word_is_found_in_a_template() -> None:
    source = '"""What other services hear."""\n# Whoever reads this\nname = "${nobody}"'

    assert len(list(find_banned(_template_passages(source)))) == 2


def test_code_in_a_document_may_contain_any_word() -> None:
    source = "Run `mend`.\n\n```python\n# nobody\n```\n\nNobody waits."

    assert list(find_banned(_document_passages(source))) == [
        "line 7: not 'Nobody' but 'no caller, no client, no process'"
    ]
