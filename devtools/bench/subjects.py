"""What is measured on the hot path: baselines first, then requests to the service."""

import json
from dataclasses import dataclass, field

ROWS = 100_000
# Changed by the service and by the bare handler; their prices are made equal beforehand.
PATCHED = (1, 2_000)
PATCHED_BARE = (2_001, 2_000)
READ = (4_001, ROWS - 4_000)

PRODUCT = {
    "name": "TouchChip Fingerprint Coprocessor",
    "description": "A coprocessor that reads fingerprints",
    "category": "Upek",
    "unit": "Device",
    "business_unit": "Workplace",
    "location": "EU",
    "price": 108.5,
    "product_type": "HW",
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`server` names a worker; `role` is the caller's, if the server asks for one."""

    name: str
    server: str
    path: str = "/"
    method: str = "GET"
    body: str = ""
    role: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ids: tuple[int, int] = READ
    choices: tuple[str, ...] = ()


def _new(sku: str) -> str:
    return json.dumps({"sku": sku, **PRODUCT})


def _read(name: str, path: str, *, server: str = "service_without_redis") -> Subject:
    return Subject(name=name, server=server, role="user", path=f"/api/v1/products{path}")


FRAMEWORK = "FastAPI route, one dependency"
FETCHROW, UPDATE, INSERT = "bare fetchrow", "bare UPDATE", "bare INSERT"
GET, GET_CACHED, NOT_MODIFIED = "GET by id", "GET by id, cached", "GET by id, 304"
LIST, LIST_CACHED, SEARCH = "list of 50", "list of 50, cached", "list, filtered and searched"
PATCH, POST = "PATCH price", "POST"

BASELINES = (
    Subject(name="raw ASGI", server="raw_asgi"),
    Subject(name="Starlette route", server="starlette_route"),
    Subject(name="FastAPI route", server="fastapi_route"),
    Subject(name=FRAMEWORK, server="fastapi_dependency"),
    Subject(name=FETCHROW, server="bare_handlers", path="/products/{id}"),
    Subject(
        name=UPDATE, server="bare_handlers", method="PATCH", path="/products/{id}",
        body='{"price": {cents}}', ids=PATCHED_BARE,
    ),
    Subject(
        name=INSERT, server="bare_handlers", method="POST", path="/products",
        body=_new("BARE-{n}"),
    ),
)  # fmt: skip

# Lists that must not be cached ask for a highest price of their own, which all products are below.
REQUESTS = (
    _read(GET_CACHED, "/50000", server="service"),
    Subject(
        name=NOT_MODIFIED, server="service", role="user", path="/api/v1/products/50000",
        headers={"If-None-Match": '"1"'}, status=304,
    ),
    _read(GET, "/{id}"),
    _read(LIST_CACHED, "", server="service"),
    _read(LIST, "?max_price=5{n}"),
    _read(
        SEARCH, "?product_type=HW&location=EU&q=controller&sort_by=price&max_price=5{n}"
    ),
    Subject(
        name=PATCH, server="service", role="admin", method="PATCH",
        path="/api/v1/products/{id}/price", body='{"price": {cents}}', ids=PATCHED,
    ),
    Subject(
        name=POST, server="service", role="admin", method="POST", path="/api/v1/products",
        body=_new("BENCH-{n}"), status=201,
    ),
)  # fmt: skip
