"""The one place that puts the errors of commands into words."""

import logging
import sys

from app.config.settings import Settings, SettingsError, load_settings
from app.exceptions.base import ServiceError
from app.infrastructure.database.error_descriptions import describe_database_error
from app.infrastructure.messaging.broker.error_descriptions import describe_broker_error

# A command prints these failures itself, in one sentence. aiormq logs what it also raises.
REPORTED_BY_COMMANDS = (
    "app.infrastructure.database",
    "app.infrastructure.redis",
    "app.infrastructure.cache",
    "aiormq",
)


class CommandError(Exception):
    """A command cannot do its work; the message is a sentence."""


def describe_failure(error: BaseException) -> str | None:
    """Return one sentence that says what failed and what to do; None for a defect."""
    if isinstance(error, SettingsError):
        # One sentence for each setting.
        return "\n".join(f"Settings: {line}" for line in str(error).splitlines())
    if isinstance(error, CommandError):
        return str(error)
    sentence = describe_broker_error(error) or describe_database_error(error)
    if sentence is None and isinstance(error, ServiceError):
        return str(error)
    return sentence


def load_command_settings() -> Settings:
    """Load the settings of a command that ends by itself, and log to stderr."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, stream=sys.stderr, format="%(message)s")
    for name in REPORTED_BY_COMMANDS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return settings
