"""The OpenAPI document: FastAPI's, with what holds for all operations said in one place."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.api.openapi_parts import (
    HEADERS,
    PARAMETERS,
    header_names,
    parameter_names,
    references,
)
from app.api.problems import ANY_NUMBER, PROBLEM
from app.dependencies import require_reader
from app.schemas.common import Problem

Json = dict[str, Any]

REQUEST_ID = "5f0c2f5bd1c04f7bb4a0a4a3c9a0d8e1"


def describe(app: FastAPI, *, public_reads: bool) -> None:
    """Have `app.openapi()` give the finished document; it is made once, when first asked for."""
    generate = app.openapi

    @cache
    def openapi() -> Json:
        document = generate()
        # A service without a domain has no schemas yet.
        _add_components(document.setdefault("components", {}))
        if public_reads:
            _open_reads(app, document["paths"])
        for path, operation in _operations(document):
            _plain_parameters(operation)
            _add_headers(operation, document["components"]["schemas"])
            _place_examples(operation, path)
            operation["responses"] = dict(sorted(operation["responses"].items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _add_components(components: Json) -> None:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(problem.pop("$defs"), Problem=problem)
    components |= {"headers": HEADERS, "parameters": PARAMETERS}


def _open_reads(app: FastAPI, paths: Json) -> None:
    """Say that a token may be left out where `require_reader` stands."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant and require_reader in [inner.call for inner in dependant.dependencies]:
            for method in route.methods or ():
                paths[f"{route.path_format}"][method.lower()]["security"].insert(0, {})


def _plain_parameters(operation: Json) -> None:
    """Spell headers as the RFCs do, and say that what may be left out cannot be null."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
        schema = parameter["schema"]
        if kinds := [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]:
            schema |= kinds[0]


def _add_headers(operation: Json, schemas: Json) -> None:
    for status, response in operation["responses"].items():
        names = header_names(operation, status, is_versioned=_shows_version(response, schemas))
        response.setdefault("headers", {}).update(references("headers", names))
    if "security" in operation:
        added = references("parameters", parameter_names(operation))
        operation["parameters"] = [*operation.get("parameters", []), *added.values()]


def _shows_version(response: Json, schemas: Json) -> bool:
    shown = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = shown.get("$ref", "").rpartition("/")[2]
    return "version" in schemas.get(name, {}).get("properties", {})


def _place_examples(operation: Json, path: str) -> None:
    """Give the example problems the path and request id that real ones carry."""
    instance = re.sub(r"{\w+}", str(ANY_NUMBER), path)
    for response in operation["responses"].values():
        content = response.get("content", {}).get(PROBLEM, {})
        for example in content.get("examples", {}).values():
            example["value"] |= {"instance": instance, "request_id": REQUEST_ID}
