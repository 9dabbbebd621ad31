from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from tests.support.otlp_receiver import OtlpReceiver, open_receiver
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client

OpenTraced: TypeAlias = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(autouse=True)
def quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def open_traced(settings: Settings, receiver: OtlpReceiver, tokens: Tokens) -> OpenTraced:
    """Open a service that sends traces, and an admin; the spans have arrived when it is closed."""

    @asynccontextmanager
    async def opened(**overrides: object) -> AsyncIterator[httpx.AsyncClient]:
        traced = {"otel_exporter_otlp_endpoint": receiver.url, "trace_sample_ratio": 1}
        changed = Settings.model_validate(settings.model_dump() | traced | overrides)
        async with (
            LifespanManager(create_app(changed)) as manager,
            make_client(manager.app, tokens.admin) as client,
        ):
            yield client

    return opened
