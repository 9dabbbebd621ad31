"""What the tests that all domains share need to know of each; `making.py` of a domain tells it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from app.exceptions.base import NotFoundError
from app.repositories.cached_repository import CachedRepository
from app.repositories.record_repository import RecordRepository
from app.schemas.common import ListParameters, SearchParameters
from tests.in_memory_repository import InMemoryRepository

VERSION_1 = Path(__file__).resolve().parents[2] / "app" / "api" / "v1"


@dataclass(frozen=True, kw_only=True)
class Domain:
    """`body` and `make_new` give another record each time, as a client and as a service has it.

    `samples` are overrides that tell records apart by every field that lists know. `changes`
    are what PATCH takes, by what follows the URL of the record.
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

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def missing(self) -> str:
        return f"{self.url}/{2**63 - 1}"

    @property
    def writes(self) -> dict[str, tuple[str, str, dict[str, Any] | None]]:
        """Every request that changes a record: its method, what follows its URL, its body."""
        patches = {f"PATCH {path}": ("PATCH", path, body) for path, body in self.changes.items()}
        return patches | {"DELETE": ("DELETE", "", None)}

    @property
    def filter_names(self) -> set[str]:
        return self.filters.model_fields.keys() - SearchParameters.model_fields.keys() - {"sort_by"}

    @property
    def sorts(self) -> Sequence[str]:
        sorts: Sequence[str] = self.filters.model_json_schema()["properties"]["sort_by"]["enum"]
        return sorts


def find_domains() -> dict[str, Domain]:
    names = sorted(path.parent.name for path in VERSION_1.glob("*/*_endpoints.py"))
    return {name: import_module(f"tests.{name}.making").DOMAIN for name in names}


def as_text(value: Any) -> str:
    """Write a value as a query has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
