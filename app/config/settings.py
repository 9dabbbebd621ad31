"""Settings of the service, read once from the environment and `.env`."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    IPvAnyNetwork,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

import app
from app.config.database_url import Pooling, PostgresUrl
from app.config.env_file import EnvFileError, find_encoding
from app.config.home import hide_unreadable_home
from app.config.production import find_unsafe_values
from app.config.setting_types import (
    Contact,
    EventName,
    FernetKey,
    HttpUrl,
    LogLevel,
    NonNegativeSeconds,
    Origin,
    PositiveSeconds,
    QueueType,
    RabbitMQUrl,
    RedisUrl,
    SenderName,
    SentryDsn,
    ServiceUrl,
    SharedSecret,
)
from app.config.token_rules import JwtAlgorithm, JwtLibrary, find_token_problems

ENV_FILE = ".env"
EXAMPLE_SECRET = "change-me-to-at-least-32-random-bytes"  # noqa: S105 - refused in production


class SettingsError(Exception):
    """Settings are missing or invalid; the message has one line per setting."""


class Settings(BaseSettings):
    """See `.env.example` for the meaning of each setting.

    Beyond the maxima a process runs out of memory, or Redis refuses the number.
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        # Compose files and CI systems set variables that have no value.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_name: str = app.__title__
    app_version: str = app.__version__
    app_description: str = app.__description__
    app_contact: Contact | None = None
    app_env: Literal["development", "production"] = "development"
    service_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")] = app.__slug__
    docs_enabled: bool = True

    database_url: PostgresUrl
    database_pool_size: Annotated[PositiveInt, Field(le=1000)] = 20
    database_pool_min_size: Annotated[NonNegativeInt, Field(le=1000)] = 10
    database_pooling: Pooling = "session"
    migrate_database_url: PostgresUrl | None = None

    jwt_secret_key: SharedSecret
    jwt_algorithm: JwtAlgorithm = "HS256"
    jwt_jwks_url: HttpUrl | None = None
    jwt_library: JwtLibrary = "python-jose"
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    auth_service_url: HttpUrl
    auth_introspection_url: HttpUrl | None = None
    auth_client_id: str | None = None
    auth_client_secret: SecretStr | None = None
    auth_cache_ttl_seconds: Annotated[NonNegativeSeconds, Field(le=3600)] = 30
    auth_recheck_writes: bool = False
    encryption_keys: list[FernetKey] = []
    public_reads: bool = False

    external_api_timeout: Annotated[PositiveSeconds, Field(le=60)] = 5
    external_api_max_retries: Annotated[NonNegativeInt, Field(le=20)] = 3

    redis_url: RedisUrl | None = None
    cache_ttl_seconds: Annotated[PositiveSeconds, Field(le=86_400)] = 300

    rabbitmq_url: RabbitMQUrl | None = None
    message_queue_type: QueueType = "classic"
    event_subscribers: list[ServiceUrl] = []
    message_senders: dict[SenderName, list[EventName]] = {}

    rate_limit_per_minute: Annotated[NonNegativeInt, Field(le=1_000_000)] = 60
    trusted_proxies: list[IPvAnyNetwork] = []
    cors_origins: list[Origin] = ["http://localhost:3000"]

    metrics_port: Annotated[PositiveInt, Field(le=65_535)] | None = None
    metrics_host: str = "127.0.0.1"

    log_level: LogLevel = "INFO"
    slow_request_ms: Annotated[NonNegativeInt, Field(le=3_600_000)] = 1000
    slow_statement_ms: Annotated[NonNegativeInt, Field(le=3_600_000)] = 250
    audit_log_file: str = "logs/audit.log"
    error_log_file: str = "logs/error.log"
    audit_retention_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    message_retention_days: Annotated[int, Field(ge=0, le=36_500)] = 30

    sentry_dsn: SentryDsn | None = None

    otel_exporter_otlp_endpoint: HttpUrl | None = None
    otel_exporter_otlp_traces_endpoint: HttpUrl | None = None
    otel_service_name: str | None = None
    trace_sample_ratio: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01

    max_body_bytes: Annotated[PositiveInt, Field(le=1_073_741_824)] = 1_048_576
    request_timeout_seconds: Annotated[PositiveSeconds, Field(le=3600)] = 10
    shutdown_grace_seconds: Annotated[PositiveSeconds, Field(le=3600)] = 20

    @model_validator(mode="before")
    @classmethod
    def _unset_blank_values(cls, values: dict[str, object]) -> dict[str, object]:
        return {
            name: value
            for name, value in values.items()
            if not isinstance(value, str) or value.strip()
        }

    @model_validator(mode="before")
    @classmethod
    def _refuse_undecodable_values(cls, values: dict[str, object]) -> dict[str, object]:
        # An environment variable that is not UTF-8 holds surrogates, which nothing can send.
        names = [
            name
            for name, value in values.items()
            if isinstance(value, str) and re.search("[\ud800-\udfff]", value)
        ]
        if names:
            raise ValueError("\n".join(f"{name.upper()}: is not valid UTF-8" for name in names))
        return values

    @model_validator(mode="before")
    @classmethod
    def _disable_docs_in_production(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("app_env") == "production":
            values.setdefault("docs_enabled", False)
        return values

    @model_validator(mode="after")
    def _refuse_unfit_token_settings(self) -> Self:
        if problems := [*find_token_problems(self)]:
            raise ValueError("\n".join(problems))
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_values_in_production(self) -> Self:
        if self.app_env == "production" and (problems := find_unsafe_values(self)):
            raise ValueError("\n".join(problems))
        return self


def load_settings() -> Settings:
    """Read the environment; raises SettingsError with one line per invalid setting."""
    hide_unreadable_home()
    try:
        return Settings(_env_file_encoding=find_encoding(Path(ENV_FILE)))
    except EnvFileError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        raise SettingsError("\n".join(map(_line, error.errors()))) from None
    except SourceError as error:
        # The rest of the message is an internal of pydantic-settings.
        field = re.search(r'field "(\w+)"', str(error))
        name = field[1].upper() if field else "A setting"
        is_mapping = name == "MESSAGE_SENDERS"
        form = 'object such as {"a": ["b"]}' if is_mapping else 'list such as ["a", "b"]'
        raise SettingsError(f"{name}: must be a JSON {form}") from None


def _line(problem: ErrorDetails) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is required and not set"
    name = ".".join(map(str, problem["loc"])).upper()
    return f"{name}: {message}" if name else message
