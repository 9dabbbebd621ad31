"""Read and write `.template.json`, the origin of a copy. Standard library only."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

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
    """Origin of a copy: `version` is a revision of the repository `source`, empty without git.

    `parent` is the origin of the source, if that is a copy itself.
    """

    template: str
    source: str
    version: str
    parameters: Parameters
    parent: "Record | None" = None

    def lineage(self) -> list["Record"]:
        """Return this origin, that of its source and so on, with the parameters of this copy."""
        if self.parent is None:
            return [self]
        without = self.parameters.without_example or self.parent.parameters.without_example
        parameters = replace(self.parameters, without_example=without)
        return [self, *replace(self.parent, parameters=parameters).lineage()]

    def updated(self, generation: int, *, source: str, version: str) -> "Record":
        """Return this with another version of the origin at a place of the lineage."""
        if generation == 0 or self.parent is None:
            return replace(self, source=source, version=version)
        parent = self.parent.updated(generation - 1, source=source, version=version)
        return replace(self, parent=parent)


def write(root: Path, record: Record) -> None:
    (root / FILE).write_text(text_of(record))


def text_of(record: Record) -> str:
    return json.dumps(_values(record), indent=2) + "\n"


def _values(record: Record) -> dict[str, Any]:
    values = asdict(replace(record, parent=None))
    del values["parent"]
    return values | ({"parent": _values(record.parent)} if record.parent else {})


def read(root: Path) -> Record:
    """Read the record; raise FileNotFoundError if it is missing, ValueError if it is malformed."""
    try:
        return _parse(json.loads((root / FILE).read_text()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def _parse(values: dict[str, Any]) -> Record:
    parameters = Parameters(**values.pop("parameters"))
    parent = values.pop("parent", None)
    return Record(**values, parameters=parameters, parent=_parse(parent) if parent else None)


def find(root: Path) -> Record | None:
    """Read the record of a copy; return None for a folder without a usable one."""
    try:
        return read(root)
    except (FileNotFoundError, ValueError):
        return None


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
