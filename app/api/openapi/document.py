"""Add the headers, parameters and errors of all operations to the OpenAPI document of FastAPI."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.api.openapi.components import (
    HEADERS,
    PARAMETERS,
    header_names,
    parameter_names,
    references,
)
from app.api.openapi.field_texts import describe_fields, describe_parameter
from app.api.openapi.problem_responses import ANY_NUMBER, PROBLEM, problems, shared_responses
from app.api.openapi.service_texts import contact, servers, tag_texts, token_text
from app.config.settings import Settings
from app.dependencies import require_reader
from app.exceptions.shared.request_exceptions import ForeignCursorError
from app.schemas.shared.common import Problem

Json = dict[str, Any]

REQUEST_ID = "5f0c2f5bd1c04f7bb4a0a4a3c9a0d8e1"


def customize_openapi(app: FastAPI, settings: Settings) -> None:
    """Make `app.openapi()` return the completed document, generated on first access."""
    generate = app.openapi

    @cache
    def openapi() -> Json:
        document = generate()
        # A service without a domain has no schemas.
        _add_components(document.setdefault("components", {}))
        _add_service_texts(app, document, settings)
        if settings.public_reads:
            _mark_public_reads(app, document["paths"])
        for path, operation in _operations(document):
            _normalize_parameters(operation)
            _add_headers(operation, document["components"]["schemas"])
            _add_cursor_problem(operation)
            _complete_examples(operation, path)
            operation["responses"] = dict(sorted(operation["responses"].items()))
            _add_shared_problems(operation)
        for schema in document["components"]["schemas"].values():
            describe_fields(schema)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _add_components(components: Json) -> None:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(problem.pop("$defs"), Problem=problem)
    responses = shared_responses()
    for response in responses.values():
        names = ("X-Request-ID", "Cache-Control", "RateLimit-Policy", "RateLimit")
        response["headers"] |= references("headers", iter(names))
        _set_request_ids(response)
    components |= {"headers": HEADERS, "parameters": PARAMETERS, "responses": responses}


def _add_service_texts(app: FastAPI, document: Json, settings: Settings) -> None:
    document["info"] |= contact(settings)
    document |= {"servers": servers(), "tags": tag_texts(app)}
    for scheme in document["components"].get("securitySchemes", {}).values():
        scheme["description"] = token_text(settings)


def _add_shared_problems(operation: Json) -> None:
    if "security" in operation:
        name = "BodyProblem" if "requestBody" in operation else "Problem"
        operation["responses"]["default"] = {"$ref": f"#/components/responses/{name}"}


def _mark_public_reads(app: FastAPI, paths: Json) -> None:
    """Make the token optional on routes with `require_reader`."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant and require_reader in [inner.call for inner in dependant.dependencies]:
            for method in route.methods or ():
                paths[f"{route.path_format}"][method.lower()]["security"].insert(0, {})


def _normalize_parameters(operation: Json) -> None:
    """Capitalise header names as in the RFCs; remove `null` from optional parameters."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
        schema = parameter["schema"]
        if kinds := [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]:
            schema |= kinds[0]
        describe_parameter(parameter)


def _add_headers(operation: Json, schemas: Json) -> None:
    for status, response in operation["responses"].items():
        names = header_names(operation, status, is_versioned=_shows_version(response, schemas))
        response.setdefault("headers", {}).update(references("headers", names))
    if "security" in operation:
        added = references("parameters", parameter_names(operation))
        operation["parameters"] = [*operation.get("parameters", []), *added.values()]


def _shows_version(response: Json, schemas: Json) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return "version" in schemas.get(name, {}).get("properties", {})


def _add_cursor_problem(operation: Json) -> None:
    """Document the refused cursor of a list."""
    if not any(parameter.get("name") == "cursor" for parameter in operation.get("parameters", [])):
        return
    refused = problems(ForeignCursorError)[422]["content"][PROBLEM]["examples"]
    content = operation["responses"].get("422", {}).get("content", {})
    if PROBLEM in content:
        content[PROBLEM]["examples"] |= refused


def _complete_examples(operation: Json, path: str) -> None:
    """Set the path and request ID of the example problems."""
    instance = re.sub(r"{\w+}", str(ANY_NUMBER), path)
    for response in operation["responses"].values():
        content = response.get("content", {}).get(PROBLEM, {})
        for example in content.get("examples", {}).values():
            example["value"]["instance"] = instance
        _set_request_ids(response)


def _set_request_ids(response: Json) -> None:
    content = response.get("content", {}).get(PROBLEM, {})
    for example in content.get("examples", {}).values():
        example["value"]["request_id"] = REQUEST_ID
