"""Run commands in the test process."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands.failures import REPORTED_BY_COMMANDS
from app.config.settings import Settings

Run: TypeAlias = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Restore what a command changes in the logging of the test process."""
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, REPORTED_BY_COMMANDS)]
    levels, handlers = [logger.level for logger in loggers], list(root.handlers)
    yield
    root.handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def environment(consumer_settings: Settings) -> dict[str, str]:
    named = consumer_settings.model_dump(
        include={"database_url", "rabbitmq_url", "jwt_secret_key", "auth_service_url"}
    )
    secrets = {name.upper(): value.get_secret_value() for name, value in named.items()}
    return {**secrets, "SERVICE_NAME": consumer_settings.service_name, "LOG_LEVEL": "CRITICAL"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run_command(*arguments: str, **overrides: str | None) -> tuple[int, str]:
        result = CliRunner(env=environment | overrides).invoke(cli, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run_command


def list_messages(run: Run, *arguments: str) -> list[dict[str, Any]]:
    status, output = run(*arguments, "--json")
    assert status == 0
    rows: list[dict[str, Any]] = json.loads(output)
    return rows
