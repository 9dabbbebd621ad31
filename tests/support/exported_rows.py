"""Read exported files."""

import csv
import io
import json
from typing import Any


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a byte order mark."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def json_rows(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.split(b"\n") if line]
