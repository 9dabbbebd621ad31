"""Scenarios of the hot path: baselines first, then requests to the service."""

import json
from dataclasses import dataclass, field

from devtools.bench.zipf import zipf_ids

ROWS = 100_000
# ID ranges (first, count). Both patched ranges start with equal prices.
PATCHED_IDS = (1, 2_000)
BARE_PATCHED_IDS = (2_001, 2_000)
READ_IDS = (4_001, ROWS - 4_000)
ZIPF_REQUESTS = 50_000

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
class Scenario:
    """One kind of request. `worker` names the target; `role` is that of the token, if any."""

    name: str
    worker: str
    path: str = "/"
    method: str = "GET"
    body: str = ""
    role: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ids: tuple[int, int] = READ_IDS
    choices: tuple[str, ...] = ()


def _product_json(sku: str) -> str:
    return json.dumps({"sku": sku, **PRODUCT})


def _patch_scenario(name: str, worker: str) -> Scenario:
    return Scenario(
        name=name, worker=worker, role="admin", method="PATCH",
        path="/api/v1/products/{id}/price", body='{"price": {cents}}', ids=PATCHED_IDS,
    )  # fmt: skip


def _read_scenario(name: str, path: str, *, worker: str = "service_without_redis") -> Scenario:
    return Scenario(name=name, worker=worker, role="user", path=f"/api/v1/products{path}")


FRAMEWORK = "FastAPI route, one dependency"
FETCHROW, UPDATE, INSERT = "bare fetchrow", "bare UPDATE", "bare INSERT"
GET, GET_CACHED, NOT_MODIFIED = "GET by id", "GET by id, cached", "GET by id, 304"
ZIPF = "GET by id, Zipf, warm Redis"
LIST, LIST_CACHED, SEARCH = "list of 50", "list of 50, cached", "list, filtered and searched"
PATCH, PATCH_ALONE, POST = "PATCH price", "PATCH price, no subscriber", "POST"

BASELINES = (
    Scenario(name="raw ASGI", worker="raw_asgi"),
    Scenario(name="Starlette route", worker="starlette_route"),
    Scenario(name="FastAPI route", worker="fastapi_route"),
    Scenario(name=FRAMEWORK, worker="fastapi_dependency"),
    Scenario(name=FETCHROW, worker="bare_handlers", path="/products/{id}"),
    Scenario(
        name=UPDATE, worker="bare_handlers", method="PATCH", path="/products/{id}",
        body='{"price": {cents}}', ids=BARE_PATCHED_IDS,
    ),
    Scenario(
        name=INSERT, worker="bare_handlers", method="POST", path="/products",
        body=_product_json("BARE-{n}"),
    ),
)  # fmt: skip

# Uncached lists use a different `max_price` in each request, above all prices.
REQUESTS = (
    _read_scenario(GET_CACHED, "/50000", worker="service"),
    Scenario(
        name=NOT_MODIFIED, worker="service", role="user", path="/api/v1/products/50000",
        headers={"If-None-Match": '"1"'}, status=304,
    ),
    Scenario(
        name=ZIPF, worker="service_warm", role="user", path="/api/v1/products/{choice}",
        choices=zipf_ids(*READ_IDS, length=ZIPF_REQUESTS),
    ),
    _read_scenario(GET, "/{id}", worker="service"),
    _read_scenario(LIST_CACHED, "", worker="service"),
    _read_scenario(LIST, "?max_price=5{n}"),
    _read_scenario(
        SEARCH, "?product_type=HW&location=EU&q=controller&sort_by=price&max_price=5{n}"
    ),
    _patch_scenario(PATCH, "service"),
    _patch_scenario(PATCH_ALONE, "service_warm"),
    Scenario(
        name=POST, worker="service", role="admin", method="POST", path="/api/v1/products",
        body=_product_json("BENCH-{n}"), status=201,
    ),
)  # fmt: skip
