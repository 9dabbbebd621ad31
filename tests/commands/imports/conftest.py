from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.pool import Connection
from tests.support.import_files import Importer
from tests.support.settings_and_clients import make_settings


@pytest.fixture
def import_settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with an unreachable auth service, because an import needs none."""
    return make_settings(database_url, "http://127.0.0.1:9/auth", tmp_path)


@pytest.fixture
def importer(import_settings: Settings, tmp_path: Path) -> Importer:
    return Importer(import_settings, tmp_path)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
