"""The name, fields and choices of each domain: of `new-domain`, `add-field`, `remove-field`.

Standard library only.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from devtools.domain.choices import Choices
from devtools.domain.refusal import RefusedError

FOLDER = "devtools/domain/records"


@dataclass(frozen=True, kw_only=True)
class DomainRecord:
    """`fields` are texts such as `total:money`, in the order of the columns.

    `secondary` are names of added fields that `q` does not search and that lead no index, so that
    adding them leaves what exists as it is. `removed` are names of fields that only the table has.
    The others are choices of `new-domain`: see `Choices`.
    """

    plural: str
    singular: str
    fields: Sequence[str]
    secondary: Sequence[str] = ()
    removed: Sequence[str] = ()
    unique: Sequence[str] = ()
    sort_by: Sequence[str] = ()
    no_search: bool = False
    public_read: bool = False
    no_events: bool = False

    @property
    def choices(self) -> Choices:
        return Choices(**{each.name: getattr(self, each.name) for each in fields(Choices)})


def record_path(plural: str) -> str:
    return f"{FOLDER}/{plural}.json"


def record_text(record: DomainRecord) -> str:
    values = {name: value for name, value in asdict(record).items() if value}
    return json.dumps(values, indent=4) + "\n"


def read_record(root: Path, plural: str) -> DomainRecord:
    """Read the record of a domain; raise RefusedError if it is missing or malformed."""
    path = record_path(plural)
    try:
        return DomainRecord(**json.loads((root / path).read_text()))
    except FileNotFoundError:
        raise RefusedError(f"{path} is missing: it names the fields of {plural}") from None
    except (ValueError, TypeError) as error:
        raise RefusedError(f"{path} is not a record of a domain: {error}") from None
