"""What a copy remembers of its template, in `.template.json`. Standard library only."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools.copying.git import attempt, is_there, root_of

FILE = ".template.json"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What `new-service` was told."""

    name: str
    port: int
    without_example: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """`version` is a revision of the git repository `source`; empty where there was none."""

    template: str
    source: str
    version: str
    parameters: Parameters


def write(root: Path, record: Record) -> None:
    (root / FILE).write_text(json.dumps(asdict(record), indent=2) + "\n")


def read(root: Path) -> Record:
    """Raise FileNotFoundError or ValueError if there is no record, or none that can be read."""
    try:
        values = json.loads((root / FILE).read_text())
        parameters = Parameters(**values.pop("parameters"))
        return Record(**values, parameters=parameters)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def version_of(root: Path) -> str:
    """Name the commit that is checked out, by its tag if there is one."""
    if not is_there() or root_of(root) != root:
        return ""
    return attempt(root, "describe", "--tags", "--always", "--abbrev=40").stdout.strip()


def source_of(root: Path) -> str:
    """Name where others find the template too, if it was cloned from somewhere."""
    origin = attempt(root, "remote", "get-url", "origin") if is_there() else None
    return origin.stdout.strip() if origin and origin.returncode == 0 else str(root)
