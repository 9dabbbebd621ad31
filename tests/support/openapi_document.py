"""The OpenAPI document of the service, and access to its parts."""

from pathlib import Path
from typing import Any

import pytest

from app.config.settings import Settings
from tests.support.service import create_app
from tests.support.settings_and_clients import make_settings

Operation = tuple[str, str, dict[str, Any]]

HOSTS = ("database.internal", "auth.internal")
SETTINGS = make_settings(
    f"postgresql://me:a-password@{HOSTS[0]}/service", f"http://{HOSTS[1]}/auth", Path("logs")
)


def document_of(settings: Settings) -> dict[str, Any]:
    return create_app(settings).openapi()


DOCUMENT = document_of(SETTINGS)
OPERATIONS: list[Operation] = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
API = [operation for operation in OPERATIONS if operation[1].startswith("/api/")]

every_operation = pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
every_api_operation = pytest.mark.parametrize(
    ("method", "path", "operation"), API, ids=[each[2]["operationId"] for each in API]
)


def resolve(reference: dict[str, Any]) -> dict[str, Any]:
    found = DOCUMENT
    for name in reference.get("$ref", "#").split("/")[1:]:
        found = found[name]
    return found if "$ref" in reference else reference


def operation_named(operation_id: str) -> dict[str, Any]:
    return next(each for _, _, each in OPERATIONS if each["operationId"] == operation_id)


def parameters_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in map(resolve, operation["parameters"])}


def parameter_names(operation: dict[str, Any]) -> set[str]:
    return set(parameters_of(operation))
