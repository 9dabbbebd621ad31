"""Record acknowledged versions and detect stale reads."""

from typing import Any

GONE = -1


class VersionHistory:
    """The latest acknowledged version of each widget; GONE if it was removed."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._removing: set[int] = set()
        self.reads = 0
        self.stale: list[str] = []

    def record(self, widget: dict[str, Any]) -> None:
        known = self._newest.get(widget["id"], 0)
        if known != GONE:
            self._newest[widget["id"]] = max(known, widget["version"])

    def record_removal_started(self, identity: int) -> None:
        self._removing.add(identity)

    def record_removal(self, identity: int) -> None:
        self._newest[identity] = GONE

    def before(self) -> dict[int, int]:
        """Return the minimum versions that a read starting now must return."""
        return dict(self._newest)

    def check(self, required: dict[int, int], identity: int, version: int | None) -> None:
        """Check a read version against the required ones; None means "not found"."""
        newest = required.get(identity, 0)
        if version is None:
            is_stale = newest > 0 and identity not in self._removing
        else:
            is_stale = newest == GONE or version < newest
        if is_stale:
            self.stale.append(f"widget {identity}: read {version}, acknowledged {newest}")

    def check_list(self, required: dict[int, int], items: list[dict[str, Any]]) -> None:
        """Check a list that contains every widget."""
        found = {item["id"]: item["version"] for item in items}
        for identity in required.keys() | found.keys():
            self.check(required, identity, found.get(identity))
