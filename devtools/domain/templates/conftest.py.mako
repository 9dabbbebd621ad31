"""The records that ${n.words} refer to."""

import pytest

from app.config.settings import Settings
from tests.${n.plural}.factories import DOMAIN
from tests.support.references import store_referenced


@pytest.fixture
async def referenced(settings: Settings) -> None:
    await store_referenced(DOMAIN, settings)
