"""What was acknowledged when, and whether an answer may be as old as it is."""

from typing import Any

GONE = -1


class History:
    """The newest acknowledged version of each product; one that is removed is GONE."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._removing: set[int] = set()
        self.reads = 0
        self.stale: list[str] = []

    def note(self, product: dict[str, Any]) -> None:
        known = self._newest.get(product["id"], 0)
        if known != GONE:
            self._newest[product["id"]] = max(known, product["version"])

    def note_removing(self, identity: int) -> None:
        self._removing.add(identity)

    def note_removed(self, identity: int) -> None:
        self._newest[identity] = GONE

    def before(self) -> dict[int, int]:
        """Give what a read that begins now must at least show."""
        return dict(self._newest)

    def check(self, required: dict[int, int], identity: int, version: int | None) -> None:
        """Compare what was read; None is "not found"."""
        newest = required.get(identity, 0)
        if version is None:
            is_stale = newest > 0 and identity not in self._removing
        else:
            is_stale = newest == GONE or version < newest
        if is_stale:
            self.stale.append(f"product {identity}: read {version}, acknowledged {newest}")

    def check_list(self, required: dict[int, int], items: list[dict[str, Any]]) -> None:
        """Compare a list that holds every product there is."""
        found = {item["id"]: item["version"] for item in items}
        for identity in required.keys() | found.keys():
            self.check(required, identity, found.get(identity))
