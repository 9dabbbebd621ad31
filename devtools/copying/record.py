"""Read and write `.template.json`, the origin of a copy. Standard library only."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools.copying.git import attempt, is_installed, root_of

FILE = ".template.json"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The arguments of `new-service`."""

    name: str
    port: int
    without_example: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """Origin of a copy: `version` is a revision of the repository `source`, empty without git."""

    template: str
    source: str
    version: str
    parameters: Parameters


def write(root: Path, record: Record) -> None:
    (root / FILE).write_text(text_of(record))


def text_of(record: Record) -> str:
    return json.dumps(asdict(record), indent=2) + "\n"


def read(root: Path) -> Record:
    """Read the record; raise FileNotFoundError if it is missing, ValueError if it is malformed."""
    try:
        values = json.loads((root / FILE).read_text())
        parameters = Parameters(**values.pop("parameters"))
        return Record(**values, parameters=parameters)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def version_of(root: Path) -> str:
    """Return the tag or hash of the commit that is checked out; empty without git."""
    if not is_installed() or root_of(root) != root:
        return ""
    return attempt(root, "describe", "--tags", "--always", "--abbrev=40").stdout.strip()


def source_of(root: Path) -> str:
    """Return the URL of the remote `origin` if it has the current commit, otherwise the path."""
    if not is_installed() or root_of(root) != root:
        return str(root)
    # An update starts from this commit, so that it must be in the recorded repository.
    pushed = attempt(root, "branch", "--remotes", "--contains", "HEAD", "--list", "origin/*")
    origin = attempt(root, "remote", "get-url", "origin")
    return origin.stdout.strip() if pushed.stdout.strip() and not origin.returncode else str(root)


def shortened(version: str) -> str:
    """Return the version for a message: a hash has 12 digits."""
    return re.sub(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", version)
