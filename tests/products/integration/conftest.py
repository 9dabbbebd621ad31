from collections.abc import AsyncIterator

import pytest

from app.config.settings import Settings
from app.ports.transactions import Transactions
from app.repositories.products.product_repository import ProductRepository
from tests.products.factories import DOMAIN
from tests.support.stores import STORE_KINDS, Store, open_store


@pytest.fixture(params=STORE_KINDS)
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
