"""What fixtures and tests share: settings, tokens and clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from app.config.settings import Settings
from app.main import create_app

SECRET = "a-secret-for-tests-of-more-than-32-bytes"


def miss(config: pytest.Config, program: str, package: str, loss: str) -> NoReturn:
    """Skip for want of a program, unless it was required."""
    message = f"NO {program.upper()} FOUND: {loss} (apt install {package})"
    if config.getoption(f"--require-{program}"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Tokens:
    """Genuine ones, of the development auth service."""

    admin: str
    user: str


def make_settings(
    database_url: str, auth_url: str, directory: Path, **overrides: object
) -> Settings:
    values: dict[str, object] = {
        "database_url": database_url,
        "database_pool_min_size": 0,
        "jwt_secret_key": SECRET,
        "auth_service_url": auth_url,
        "audit_log_file": str(directory / "audit.log"),
        "error_log_file": str(directory / "error.log"),
        "rate_limit_per_minute": 0,
    }
    return Settings(_env_file=None, **(values | overrides))  # type: ignore[arg-type]


def client_of(app: ASGIApp, token: str | None = None) -> httpx.AsyncClient:
    """Speak to the application in this very process; its errors come back as answers."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)


@asynccontextmanager
async def running(settings: Settings, **overrides: object) -> AsyncIterator[ASGIApp]:
    """Run an application with other settings than the fixture's."""
    changed = Settings.model_validate(settings.model_dump() | overrides)
    async with LifespanManager(create_app(changed)) as manager:
        yield manager.app
