"""Settings and timing of a token verifier that calls a scripted auth server."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from app.config.settings import Settings
from app.infrastructure.security.opening import AuthTiming
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.forged_tokens import SECRET

OpenVerifier: TypeAlias = Callable[..., AbstractAsyncContextManager[TokenVerifier]]

# Only a hang reaches a timeout, however busy the machine is. The circuit stays open unless the test
# has a clock of its own.
TIMING = AuthTiming(
    total_seconds=20,
    queue_seconds=20,
    backoff_seconds=0.01,
    open_seconds=3600,
    probe_wait_seconds=20,
    failures_to_open=3,
)
# For tests that wait for the end of an attempt.
SHORT_ATTEMPT_SECONDS = 0.15


def make_auth_settings(url: str, **overrides: object) -> Settings:
    values: dict[str, object] = {
        "database_url": "postgresql://nobody@127.0.0.1/none",
        "jwt_secret_key": SECRET,
        "auth_service_url": url,
        "external_api_timeout": 20,
        "external_api_max_retries": 3,
    }
    return Settings.model_validate(values | overrides)
