"""Settings and short timeouts for a token verifier that calls a scripted auth server."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from app.config.settings import Settings
from app.infrastructure.security.opening import AuthTiming
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.forged_tokens import SECRET

OpenVerifier: TypeAlias = Callable[..., AbstractAsyncContextManager[TokenVerifier]]

SHORT_TIMING = AuthTiming(
    total_seconds=0.4,
    backoff_seconds=0.01,
    open_seconds=0.2,
    probe_wait_seconds=0.1,
    failures_to_open=3,
)


def make_auth_settings(url: str, **overrides: object) -> Settings:
    values: dict[str, object] = {
        "database_url": "postgresql://nobody@127.0.0.1/none",
        "jwt_secret_key": SECRET,
        "auth_service_url": url,
        "external_api_timeout": 0.15,
        "external_api_max_retries": 3,
    }
    return Settings.model_validate(values | overrides)
