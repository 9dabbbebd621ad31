"""Settings, tokens and clients shared by fixtures and tests."""

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
from tests.support.service import create_app

SECRET = "a-secret-for-tests-of-more-than-32-bytes"


def skip_or_fail(config: pytest.Config, program: str, package: str, loss: str) -> NoReturn:
    """Skip the test because a program is missing, or fail if the program is required."""
    message = f"NO {program.upper()} FOUND: {loss} (apt install {package})"
    if config.getoption(f"--require-{program}"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Tokens:
    """Tokens issued by the development auth service."""

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


def make_client(app: ASGIApp, token: str | None = None) -> httpx.AsyncClient:
    """Create a client of the application in the test process. Its errors become responses."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)


@asynccontextmanager
async def running_app(settings: Settings, **overrides: object) -> AsyncIterator[ASGIApp]:
    """Run an application with overridden settings."""
    changed = Settings.model_validate(settings.model_dump() | overrides)
    async with LifespanManager(create_app(changed)) as manager:
        yield manager.app
