"""The table of docs/DEGRADATION.md, and the requests that its cells describe."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from app.config.settings import Settings
from tests.support.domain import Domain
from tests.support.service import create_app

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "DEGRADATION.md"
SUCCESS = {"GET": 200, "POST": 201, "PATCH": 200, "PUT": 200, "DELETE": 204}

_CELL = re.compile(r"(?:(served)(?:; uncached callers )?)?(?:`(\d+)(?: (\w+))?`)?(?:: `(\w+)`)?")


@dataclass(frozen=True)
class Cell:
    """`served` with `code`: served, but uncached callers get that code."""

    served: bool
    status: int | None
    code: str | None
    unavailable: str | None


@dataclass(frozen=True)
class Row:
    cached_reads: Cell
    reads: Cell
    writes: Cell
    health: Cell
    ready: Cell
    rest: Cell


def read_rows() -> dict[str, Row]:
    table = DOCUMENT.read_text().partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {name: Row(*map(_cell, rest)) for name, *rest in cells}


def _cell(text: str) -> Cell:
    found = _CELL.fullmatch(text)
    assert found, text
    served, status, code, unavailable = found.groups()
    return Cell(bool(served), int(status) if status else None, code, unavailable)


@dataclass(frozen=True)
class Operation:
    """A request to a standard route; `path` contains its parameter, as in `/{order_id}`."""

    method: str
    path: str
    make_body: Callable[[], dict[str, Any] | None] = lambda: None

    @property
    def has_id(self) -> bool:
        return "{" in self.path

    def with_query(self, query: str) -> "Operation":
        return replace(self, path=f"{self.path}?{query}")

    async def call(self, client: httpx.AsyncClient, identity: int) -> httpx.Response:
        path = re.sub(r"{\w+}", str(identity), self.path)
        return await client.request(self.method, path, json=self.make_body())


def operations_of(domain: Domain) -> list[Operation]:
    """Return the operations that every domain has, the one that removes a record last."""
    record = domain.record_path
    return [
        *(Operation("GET", domain.url), Operation("GET", record)),
        Operation("POST", domain.url, domain.body),
        *(
            Operation(method, record + path, partial(copy, body))
            for method, path, body in domain.writes.values()
        ),
    ]


def other_paths() -> list[str]:
    """Return all other paths except those that report the dependencies."""
    paths = ["/", "/health/live", "/docs", "/redoc", "/openapi.json"]
    assert set(_documented_paths()) - {"/health", "/health/ready"} <= set(paths)
    return paths


def _documented_paths() -> list[str]:
    document = create_app(Settings.model_construct()).openapi()
    return [path for path in document["paths"] if not path.startswith("/api/")]
