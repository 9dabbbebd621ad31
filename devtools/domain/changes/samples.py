"""Take removed fields out of the sample rows and requests of a domain."""

import csv
import json
import re
from collections.abc import Collection
from io import StringIO
from pathlib import Path

FOLDER = "devtools/samples"

_BODY = re.compile(r"\{.*\}$")


def samples_without(names: Collection[str], plural: str, root: Path) -> dict[str, str]:
    """Return the new texts of the sample files that name the fields."""
    edits = {f"{FOLDER}/{plural}.csv": _rows_without, f"{FOLDER}/{plural}.http": _bodies_without}
    texts = {path: (root / path).read_text() for path in edits if (root / path).exists()}
    changed = {path: edits[path](text, names) for path, text in texts.items()}
    return {path: text for path, text in changed.items() if text != texts[path]}


def _rows_without(text: str, names: Collection[str]) -> str:
    rows = list(csv.reader(StringIO(text)))
    if not rows or not {*rows[0]} & {*names}:
        return text
    kept = [at for at, name in enumerate(rows[0]) if name not in names]
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows([row[at] for at in kept] for row in rows)
    return written.getvalue()


def _bodies_without(text: str, names: Collection[str]) -> str:
    lines = (_line_without(line, names) for line in text.splitlines(keepends=True))
    return "".join(lines)


def _line_without(line: str, names: Collection[str]) -> str:
    found = _BODY.search(line.rstrip("\n"))
    body = json.loads(found[0]) if found else {}
    if not found or not {*body} & {*names}:
        return line
    kept = {name: value for name, value in body.items() if name not in names}
    # A request that set nothing else is of no use.
    return line.replace(found[0], json.dumps(kept)) if kept else ""
