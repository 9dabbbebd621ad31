"""Baseline applications: the framework alone, and handlers that run one SQL statement.

Each function is a factory for uvicorn (`--factory`). Each application runs in its own process.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from os import environ
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

COLUMNS = """id, sku, name, description, category, unit, business_unit, location, price,
    product_type, is_available, created_at, updated_at, version"""
SELECT = f"SELECT {COLUMNS} FROM products WHERE id = $1"  # noqa: S608 - a constant
UPDATE = f"""
    UPDATE products SET price = $2, version = version + 1, updated_at = now() WHERE id = $1
    RETURNING {COLUMNS}"""  # noqa: S608 - a constant
INSERT = f"""
    INSERT INTO products (sku, name, description, category, unit, business_unit, location, price,
                          product_type)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {COLUMNS}"""  # noqa: S608 - a constant

OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}


def raw_asgi() -> ASGIApp:
    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _handle_lifespan(receive, send)
        else:
            await send(OK)
            await send({"type": "http.response.body", "body": b"ok"})

    return respond


async def _handle_lifespan(receive: Receive, send: Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


def starlette_route() -> Starlette:
    async def respond(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/", respond)])


def fastapi_route() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def respond() -> dict[str, str]:
        return {}

    return app


def fastapi_dependency() -> FastAPI:
    app = FastAPI()

    async def dependency() -> str:
        return "ok"

    @app.get("/")
    async def respond(_: Annotated[str, Depends(dependency)]) -> dict[str, str]:
        return {}

    return app


class PriceUpdate(BaseModel):
    price: Decimal


class ProductCreate(BaseModel):
    sku: str
    name: str
    description: str
    category: str
    unit: str
    business_unit: str
    location: str
    price: Decimal
    product_type: str


def bare_handlers() -> FastAPI:
    """Three handlers that run one statement each on asyncpg's default pool."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with asyncpg.create_pool(environ["DATABASE_URL"]) as pool:
            yield {"pool": pool}

    app = FastAPI(lifespan=lifespan)

    @app.get("/products/{product_id}")
    async def get(request: Request, product_id: int) -> dict[str, Any]:
        return dict(await request.state.pool.fetchrow(SELECT, product_id))

    @app.patch("/products/{product_id}")
    async def patch(request: Request, product_id: int, body: PriceUpdate) -> dict[str, Any]:
        return dict(await request.state.pool.fetchrow(UPDATE, product_id, body.price))

    @app.post("/products")
    async def post(request: Request, body: ProductCreate) -> dict[str, Any]:
        return dict(await request.state.pool.fetchrow(INSERT, *body.model_dump().values()))

    return app
