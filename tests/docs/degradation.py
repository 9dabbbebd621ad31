"""The table of docs/DEGRADATION.md, and the requests that its cells are about."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from app.config.settings import Settings
from app.main import create_app

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "DEGRADATION.md"
SUCCESS = {"get": 200, "post": 201, "patch": 200, "delete": 204}

_CELL = re.compile(r"(?:(served)(?:; strangers )?)?(?:`(\d+)(?: (\w+))?`)?(?:: `(\w+)`)?")


@dataclass(frozen=True)
class Cell:
    """`served` with `code`: served, but for strangers, who get that code."""

    served: bool
    status: int | None
    code: str | None
    unavailable: str | None


@dataclass(frozen=True)
class Row:
    kept_reads: Cell
    reads: Cell
    writes: Cell
    health: Cell
    ready: Cell
    rest: Cell


def rows() -> dict[str, Row]:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {name: Row(*map(_cell, rest)) for name, *rest in cells}


def _cell(text: str) -> Cell:
    found = _CELL.fullmatch(text)
    assert found, text
    served, status, code, unavailable = found.groups()
    return Cell(bool(served), int(status) if status else None, code, unavailable)


@dataclass(frozen=True)
class Operation:
    """One of the API's; `path` still has its parameter, such as `{product_id}`."""

    method: str
    path: str
    body: dict[str, Any] | None

    @property
    def is_about_one(self) -> bool:
        return "{" in self.path

    @property
    def collection(self) -> str:
        return self.path.partition("/{")[0]

    def asking(self, query: str) -> "Operation":
        return replace(self, path=f"{self.path}?{query}")

    async def call(self, client: httpx.AsyncClient, identity: int) -> httpx.Response:
        path = re.sub(r"{\w+}", str(identity), self.path)
        return await client.request(self.method, path, json=self.body)


def operations() -> list[Operation]:
    """Give all that the API has, what removes a record last."""
    document = create_app(Settings.model_construct()).openapi()
    schemas = document["components"].get("schemas", {})
    found = [
        Operation(method, path, _body(operation, schemas))
        for path, methods in document["paths"].items()
        if path.startswith("/api/")
        for method, operation in methods.items()
    ]
    return sorted(found, key=lambda operation: list(SUCCESS).index(operation.method))


def other_paths() -> list[str]:
    """Give all other paths, but those that speak of the dependencies."""
    paths = ["/", "/health/live", "/docs", "/redoc", "/openapi.json"]
    assert set(_documented_paths()) - {"/health", "/health/ready"} <= set(paths)
    return paths


def _documented_paths() -> list[str]:
    document = create_app(Settings.model_construct()).openapi()
    return [path for path in document["paths"] if not path.startswith("/api/")]


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    """Make the smallest body that the document's examples allow, so that nothing unique clashes."""
    if "requestBody" not in operation:
        return None
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = schemas[reference.rpartition("/")[2]]
    example = schema.get("examples", [{}])[0]
    properties = schema["properties"]
    return {
        name: example.get(name) if name in example else properties[name]["examples"][0]
        for name in schema.get("required", [])
    }
