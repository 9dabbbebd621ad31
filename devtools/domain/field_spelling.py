"""Guess how a field that was refused is spelled: `count:int>0?` for `count:int?>0`."""

import re
from collections import defaultdict
from collections.abc import Iterator

_NUMBER = r"-?[0-9][0-9.]*"
# The parts after the word of the type, in any order and with spaces.
_PART = re.compile(
    rf"""\s*(?:
        (?P<argument>\([^()]*\))
      | (?P<bound>(?:[<>]=?|=[<>])\s*{_NUMBER})
      | (?P<optional>\?)
      | (?P<unique>unique\b)
      | (?P<default>=\s*{_NUMBER}(?=\s*(?:[<>?]|unique\b|$)) | =.*?(?=\s+unique\s*$|\s*$))
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def spellings_of(text: str) -> Iterator[str]:
    """Yield spellings with the same parts, in the right order, case and spacing."""
    name, _, rest = text.partition(":")
    word = re.match(r"\s*([A-Za-z]+)\s*", rest)
    parts = _parts_of(rest[word.end() :]) if word else None
    if word is None or parts is None:
        return
    kind = word[1].lower()
    arguments = re.sub(r"\s*([(),])\s*", r"\1", parts["argument"])
    before = f"{_snake_case(name)}:{kind}{arguments if kind == 'enum' else arguments.lower()}"
    bounds = re.sub(r"=([<>])", r"\1=", parts["bound"].replace(" ", ""))
    unique = " unique" if parts["unique"] else ""
    default = re.sub(r"^=\s*", "=", parts["default"])
    # `=False` and `=Today` are lower-case; the default of a text may not be.
    for value in dict.fromkeys((default, default.lower())):
        yield f"{before}{bounds}{parts['optional']}{value}{unique}"


def _parts_of(text: str) -> dict[str, str] | None:
    """Return the parts by their kind; None if there is anything else, or one twice."""
    parts: dict[str, str] = defaultdict(str)
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None or (parts[kind] and kind != "bound"):
            return None
        parts[kind] += found[kind]
        at = found.end()
    return parts


def _snake_case(name: str) -> str:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s-]+", "_", separated).lower()
