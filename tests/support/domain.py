"""The description of a domain for the tests of all domains, declared in its `factories.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from app.dependencies import require_admin, require_user
from app.exceptions.base import NotFoundError
from app.repositories.shared.cached_repository import CachedRepository
from app.repositories.shared.record_repository import RecordRepository
from app.schemas.shared.common import ListParameters, SearchParameters
from app.utils.guards import Guard
from tests.support.in_memory_repository import InMemoryRepository

TEST_DOMAIN = "widgets"
VERSION_1 = Path(__file__).resolve().parents[2] / "app" / "api" / "v1"


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain under test.

    `body` and `make_new` return a different record in each call: as a request body and as a model.
    `samples` are overrides; they make records differ in every field that lists filter or sort by.
    `changes` are the update bodies, by the path after the URL of the record. `guards` are the
    guards of routes that differ from "users read, admins write", by a name such as "POST
    /{order_id}/payment". `references` are the domains that this one refers to; the tests store
    their samples first, which get the IDs 1, 2, …. `sends_events` says whether writes send events.
    """

    url: str
    body: Callable[..., dict[str, Any]]
    make_new: Callable[..., Any]
    samples: Sequence[Mapping[str, Any]]
    changes: Mapping[str, dict[str, Any]]
    not_found: type[NotFoundError]
    filters: type[ListParameters]
    fake: Callable[[], InMemoryRepository[Any, Any]]
    postgres: Callable[..., RecordRepository[Any, Any]]
    cached: Callable[..., CachedRepository[Any, Any]]
    update_method: str = "PATCH"
    sends_events: bool = True
    guards: Mapping[str, Guard] = field(default_factory=dict)
    references: "tuple[Domain, ...]" = ()

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def singular(self) -> str:
        return self.not_found.code.removesuffix("_not_found")

    @property
    def factories(self) -> str:
        """The file that declares this domain."""
        return f"tests/{self.name}/factories.py"

    @property
    def referenced(self) -> "list[Domain]":
        """All domains that this one needs, each after those that it refers to."""
        chains = ((*each.referenced, each) for each in self.references)
        return list({each.name: each for each in chain.from_iterable(chains)}.values())

    def filled_fake(self) -> InMemoryRepository[Any, Any]:
        """Return the repository in memory with the samples."""
        fake = self.fake()
        for sample in self.samples:
            fake.put(self.make_new(**sample))
        return fake

    @property
    def missing(self) -> str:
        return f"{self.url}/{2**63 - 1}"

    @property
    def record_path(self) -> str:
        return f"{self.url}/{{{self.singular}_id}}"

    @property
    def routes(self) -> list[str]:
        """The standard routes of the domain, without its additional ones."""
        return [
            *(f"GET {self.url}", f"POST {self.url}", f"GET {self.record_path}"),
            *(f"{self.update_method} {self.record_path}{path}" for path in self.changes),
            f"DELETE {self.record_path}",
        ]

    def own_name(self, route: str) -> str:
        """Return the name of a route in `guards`: without the URL of the domain."""
        method, _, path = route.partition(" ")
        return f"{method} {path.removeprefix(self.url)}".strip()

    def guard_of(self, route: str) -> Guard:
        default = require_user if route.startswith("GET ") else require_admin
        return self.guards.get(self.own_name(route), default)

    def guarded_by(self, guard: Guard) -> set[str]:
        """Return the routes for which the domain declares this guard."""
        own = (name.partition(" ") for name, each in self.guards.items() if each is guard)
        return {f"{method} {self.url}{path}" for method, _, path in own}

    @property
    def writes(self) -> dict[str, tuple[str, str, dict[str, Any] | None]]:
        """Every request that changes a record: its method, the path after its URL, its body."""
        method = self.update_method
        updates = {f"{method} {path}": (method, path, body) for path, body in self.changes.items()}
        return updates | {"DELETE": ("DELETE", "", None)}

    @property
    def filter_names(self) -> set[str]:
        return self.filters.model_fields.keys() - SearchParameters.model_fields.keys() - {"sort_by"}

    @property
    def sorts(self) -> Sequence[str]:
        return get_args(self.filters.model_fields["sort_by"].annotation)


def find_domains() -> dict[str, Domain]:
    """Find the domains of the application and the test domain."""
    names = [path.parent.name for path in VERSION_1.glob("*/*_endpoints.py")]
    return {
        name: import_module(f"tests.{name}.factories").DOMAIN
        for name in sorted({*names, TEST_DOMAIN})
    }


def as_text(value: Any) -> str:
    """Convert a value to its text in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
