from collections.abc import AsyncIterator

import pytest

from app.config.settings import Settings
from tests.support.domain import Domain, find_domains
from tests.support.references import store_referenced
from tests.support.stores import STORE_KINDS, Store, open_store

DOMAINS = find_domains()


@pytest.fixture(params=DOMAINS)
def domain(request: pytest.FixtureRequest) -> Domain:
    return DOMAINS[request.param]


@pytest.fixture(autouse=True)
async def referenced(domain: Domain, settings: Settings) -> None:
    await store_referenced(domain, settings)


@pytest.fixture(params=STORE_KINDS)
async def store(
    request: pytest.FixtureRequest, domain: Domain, settings: Settings
) -> AsyncIterator[Store]:
    valkey = request.getfixturevalue("valkey") if request.param == "shared" else None
    async with open_store(request.param, domain, settings, valkey and valkey.url) as opened:
        yield opened
