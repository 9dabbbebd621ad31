"""Metrics while the limit is reached, or a dependency is unavailable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.config.settings import Settings
from devtools.ports import LOOPBACK, free_port
from tests.support.scraping import metrics_client, read_metrics
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.support.traffic import WIDGETS
from tests.support.waiting import eventually
from tests.system.metrics.test_requests import LIST, series

CLOSED = f"{LOOPBACK}:1"


class Observed:
    """The application in the test process, and its metrics."""

    def __init__(self, client: httpx.AsyncClient, metrics: httpx.AsyncClient) -> None:
        self.client = client
        self._metrics = metrics

    async def eventually_shows(self, expected: dict[str, float]) -> None:
        found: dict[str, float | None] = {}

        async def is_shown() -> bool:
            values = await read_metrics(self._metrics)
            found.update({name: values.get(name) for name in expected})
            return found == expected

        try:
            await eventually(is_shown, seconds=5)
        except TimeoutError:
            assert found == expected

    async def has(self, metric: str) -> bool:
        return any(name.startswith(metric) for name in await read_metrics(self._metrics))


@asynccontextmanager
async def observed(
    settings: Settings, tokens: Tokens, **overrides: object
) -> AsyncIterator[Observed]:
    port = free_port()
    async with (
        running_app(settings, metrics_port=port, **overrides) as app,
        make_client(app, tokens.user) as client,
        metrics_client(port) as metrics,
    ):
        yield Observed(client, metrics)


def verdicts(**numbers: int) -> dict[str, float]:
    return {
        f'rate_limit_verdicts_total{{verdict="{name}"}}': number for name, number in numbers.items()
    }


async def test_verdicts_of_the_limiter_are_counted(settings: Settings, tokens: Tokens) -> None:
    async with observed(settings, tokens, rate_limit_per_minute=3) as service:
        statuses = [(await service.client.get(WIDGETS)).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        await service.eventually_shows(
            {
                **verdicts(allowed=3, refused=2),
                'requests_refused_total{reason="rate_limit"}': 2,
                series("GET", LIST, 200): 3,
                # A refused request is not routed.
                series("GET", "", 429): 2,
            }
        )


async def test_without_redis_the_verdicts_are_those_of_one_process(
    settings: Settings, tokens: Tokens
) -> None:
    overrides = {"rate_limit_per_minute": 3, "redis_url": f"redis://{CLOSED}/0"}
    async with observed(settings, tokens, **overrides) as service:
        for _ in range(4):
            await service.client.get(WIDGETS)
        await service.eventually_shows(
            {
                **verdicts(allowed=0, unchecked=3, refused=1),
                'dependency_up{dependency="cache"}': 0,
                'dependency_up{dependency="database"}': 1,
                'dependency_up{dependency="auth"}': 1,
                'cache_lookups_total{level="shared",outcome="unavailable"}': 1,
            }
        )
        # It is not configured.
        assert not await service.has('dependency_up{dependency="messaging"}')


async def test_requests_during_an_outage_of_the_database_are_counted(
    settings: Settings, tokens: Tokens
) -> None:
    url = f"postgresql://user:password@{CLOSED}/nothing"
    async with observed(settings, tokens, database_url=url) as service:
        assert (await service.client.get(WIDGETS)).status_code == 503
        await service.eventually_shows(
            {series("GET", LIST, 503): 1, 'dependency_up{dependency="database"}': 0}
        )


async def test_the_state_of_an_idle_process_is_shown(
    settings: Settings, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A service opens all connections at once where the database is far away.
    monkeypatch.setattr("app.infrastructure.database.availability.SLOW_SECONDS", 60)
    async with observed(settings, tokens, database_pool_size=5) as service:
        assert (await service.client.get(WIDGETS)).status_code == 200
        await service.eventually_shows(
            {
                "http_server_active_requests": 0,
                'db_client_connections{state="used"}': 0,
                'db_client_connections{state="idle"}': 1,
                "db_client_connection_pending_requests": 0,
                "db_client_connection_max": 5,
                "auth_circuit_open": 0,
                'auth_verdicts_total{outcome="accepted"}': 1,
                "auth_service_request_duration_seconds_count": 1,
                "log_lines_lost_total": 0,
            }
        )
