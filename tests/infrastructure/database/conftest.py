from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.statement_timer import StatementTimer
from app.infrastructure.database.unit_of_work import UnitOfWork
from app.infrastructure.logging.slow_work import SlowWork
from app.infrastructure.metrics.null_metrics import NO_METRICS
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
async def widget(database: PostgresDatabase) -> Widget:
    return await PostgresWidgetRepository(database=database).add(make_new_widget(name="old"))


@pytest.fixture
async def other(database: PostgresDatabase) -> Widget:
    return await PostgresWidgetRepository(database=database).add(make_new_widget(code="OTHER"))


@pytest.fixture
def statements(connection: asyncpg.Connection) -> list[str]:
    """The statements that the connection has sent, including BEGIN and COMMIT."""
    sent: list[str] = []

    async def record(query: asyncpg.connection.LoggedQuery) -> None:
        sent.append(" ".join(query.query.split()).rstrip(";"))

    connection.add_query_logger(record)
    return sent


@pytest.fixture
def unit(connection: asyncpg.Connection) -> UnitOfWork:
    timer = StatementTimer(metrics=NO_METRICS, slow=SlowWork("statement", threshold_ms=0))
    return UnitOfWork(task=None, connection=cast("Any", connection), timer=timer)
