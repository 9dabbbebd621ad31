from collections.abc import AsyncIterator

import pytest

from app.config.settings import Settings
from app.ports.transactions import Transactions
from tests.support.stores import STORE_KINDS, Store, open_store
from tests.widgets.factories import DOMAIN
from tests.widgets.repositories.widget_repository import WidgetRepository


@pytest.fixture(params=STORE_KINDS)
async def store(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Store]:
    valkey = request.getfixturevalue("valkey") if request.param == "shared" else None
    async with open_store(request.param, DOMAIN, settings, valkey and valkey.url) as opened:
        yield opened


@pytest.fixture
def widgets(store: Store) -> WidgetRepository:
    return store.records


@pytest.fixture
def transactions(store: Store) -> Transactions:
    return store.transactions
