"""Every setting of the service, read once from the environment and `.env`."""

import re
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    IPvAnyNetwork,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

import app
from app.config.setting_types import (
    FernetKey,
    HttpUrl,
    LogLevel,
    Origin,
    PostgresUrl,
    RabbitMQUrl,
    RedisUrl,
    Seconds,
    SecondsOrNone,
    ServiceUrl,
    SharedSecret,
)

EXAMPLE_SECRET = "change-me-to-at-least-32-random-bytes"  # noqa: S105 - refused in production
MIN_SECRET_BYTES = 32


class SettingsError(Exception):
    """The service cannot start; one line for each setting that is missing or wrong."""


class Settings(BaseSettings):
    """CONTRACT section 2; `.env.example` explains each."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    app_name: str = app.__title__
    app_version: str = app.__version__
    app_description: str = app.__description__
    app_env: Literal["development", "production"] = "development"
    service_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")] = app.__slug__
    docs_enabled: bool = True

    database_url: PostgresUrl
    database_pool_size: PositiveInt = 20
    database_pool_min_size: NonNegativeInt = 10

    jwt_secret_key: SharedSecret
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    auth_service_url: HttpUrl
    auth_cache_ttl_seconds: SecondsOrNone = 30
    encryption_keys: list[FernetKey] = []
    public_reads: bool = False

    external_api_timeout: Seconds = 5
    external_api_max_retries: NonNegativeInt = 3

    redis_url: RedisUrl | None = None
    cache_ttl_seconds: Seconds = 300

    rabbitmq_url: RabbitMQUrl | None = None
    event_subscribers: list[ServiceUrl] = []

    rate_limit_per_minute: NonNegativeInt = 60
    trusted_proxies: list[IPvAnyNetwork] = []
    cors_origins: list[Origin] = ["http://localhost:3000"]

    log_level: LogLevel = "INFO"
    audit_log_file: str = "logs/audit.log"
    error_log_file: str = "logs/error.log"

    max_body_bytes: PositiveInt = 1_048_576
    request_timeout_seconds: Seconds = 10
    shutdown_grace_seconds: Seconds = 20

    @model_validator(mode="before")
    @classmethod
    def _close_docs_in_production(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("app_env") == "production":
            values.setdefault("docs_enabled", False)
        return values

    @model_validator(mode="after")
    def _refuse_example_values_in_production(self) -> Self:
        if self.app_env == "production":
            secret = self.jwt_secret_key.get_secret_value()
            if secret == EXAMPLE_SECRET or len(secret.encode()) < MIN_SECRET_BYTES:
                raise ValueError(
                    f"JWT_SECRET_KEY: needs {MIN_SECRET_BYTES} random bytes in production"
                )
            if "*" in self.cors_origins:
                raise ValueError('CORS_ORIGINS: "*" is not allowed in production')
        return self


def load_settings() -> Settings:
    """Read the environment; raises SettingsError with one readable line per problem."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(map(_line, error.errors()))) from None
    except SourceError as error:
        # Of its message only the name of the field can be read by a person.
        field = re.search(r'field "(\w+)"', str(error))
        name = field[1].upper() if field else "A setting"
        raise SettingsError(f'{name}: must be a JSON list such as ["a", "b"]') from None


def _line(problem: ErrorDetails) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is required and not set"
    name = ".".join(map(str, problem["loc"])).upper()
    return f"{name}: {message}" if name else message
