from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from app.infrastructure.database.transactions import Transactions
from app.repositories.products.product_repository import ProductRepository
from devtools.private_auth import PrivateAuthService
from tests.products.making import DOMAIN
from tests.setup import client_of
from tests.stores import KINDS, Store, open_store


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Store]:
    valkey = request.getfixturevalue("valkey") if request.param == "shared" else None
    async with open_store(request.param, DOMAIN, settings, valkey and valkey.url) as opened:
        yield opened


@pytest.fixture
def products(store: Store) -> ProductRepository:
    return store.records


@pytest.fixture
def transactions(store: Store) -> Transactions:
    return store.transactions


@pytest.fixture
async def second_admin(
    app: ASGIApp, auth_service: PrivateAuthService
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, auth_service.token("admin", username="eve")) as client:
        yield client
