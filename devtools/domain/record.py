"""The name and the fields of each domain, as given to `new-domain`. Standard library only."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools.domain.refusal import RefusedError

FOLDER = "devtools/domain/records"


@dataclass(frozen=True, kw_only=True)
class DomainRecord:
    """`fields` are texts such as `total:money`, in the order of the columns."""

    plural: str
    singular: str
    fields: Sequence[str]


def record_path(plural: str) -> str:
    return f"{FOLDER}/{plural}.json"


def record_text(record: DomainRecord) -> str:
    return json.dumps(asdict(record), indent=4) + "\n"


def read_record(root: Path, plural: str) -> DomainRecord:
    """Read the record of a domain; raise RefusedError if it is missing or malformed."""
    path = record_path(plural)
    try:
        return DomainRecord(**json.loads((root / path).read_text()))
    except FileNotFoundError:
        raise RefusedError(f"{path} is missing: it names the fields of {plural}") from None
    except (ValueError, TypeError) as error:
        raise RefusedError(f"{path} is not a record of a domain: {error}") from None
