"""Split Python source into the parts that a rename may change: identifiers, strings, comments."""

import io
import token
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

# Python 3.12 and later split an f-string into several tokens.
_FSTRING_START: int = getattr(token, "FSTRING_START", -1)
_FSTRING_END: int = getattr(token, "FSTRING_END", -1)
_LAYOUT = (token.NEWLINE, token.NL, token.INDENT, token.DEDENT, token.ENDMARKER)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One token, or one whole f-string; `module` is the dotted path of which it is a part."""

    begin: int
    end: int
    kind: int
    text: str
    module: tuple[str, ...] = ()
    position: int = 0


def segments_of(source: str) -> list[Segment]:
    """Return the tokens of the source, without its layout; raise SyntaxError."""
    try:
        return [*_with_modules([*_tokens(source)])]
    except tokenize.TokenError as error:
        raise SyntaxError(str(error.args[0])) from None


def replace_segments(source: str, new_text: Callable[[Segment], str]) -> str:
    pieces, at = [], 0
    for segment in segments_of(source):
        pieces += [source[at : segment.begin], new_text(segment)]
        at = segment.end
    return "".join([*pieces, source[at:]])


def _tokens(source: str) -> Iterator[Segment]:
    starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    depth = begin = 0
    for each in tokenize.generate_tokens(io.StringIO(source).readline):
        first, last = (starts[row - 1] + column for row, column in (each.start, each.end))
        if each.type == _FSTRING_START:
            begin = begin if depth else first
            depth += 1
        elif each.type == _FSTRING_END:
            depth -= 1
            if not depth:
                yield Segment(begin=begin, end=last, kind=token.STRING, text=source[begin:last])
        elif not depth and each.type not in _LAYOUT:
            yield Segment(begin=first, end=last, kind=each.type, text=each.string)


def _with_modules(tokens: list[Segment]) -> Iterator[Segment]:
    """Mark the names between `from` and `import`."""
    at = 0
    while at < len(tokens):
        yield tokens[at]
        at += 1
        if tokens[at - 1].text == "from" and (path := _path_at(tokens, at)):
            module = tuple(each.text for each in path if each.text != ".")
            for number, each in enumerate(path):
                yield Segment(
                    **{**vars(each), "module": module, "position": number // 2},
                )
            at += len(path)


def _path_at(tokens: list[Segment], begin: int) -> list[Segment]:
    """Return `app . models . orders`, if it stands there and `import` follows."""
    end = begin
    while end < len(tokens) and (tokens[end].kind == token.NAME) == ((end - begin) % 2 == 0):
        if tokens[end].text == "import" or (
            tokens[end].kind != token.NAME and tokens[end].text != "."
        ):
            break
        end += 1
    follows = end < len(tokens) and tokens[end].text == "import"
    return tokens[begin:end] if follows else []
