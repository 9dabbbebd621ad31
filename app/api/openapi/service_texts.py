"""Parts of the OpenAPI document that describe the service as a whole."""

import sys
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

import app as identity
from app.config.settings import Settings

Json = dict[str, Any]


def contact(settings: Settings) -> Json:
    """Return the parts of `info` that name the people and the licence."""
    people = {"name": f"Maintainers of {settings.app_name}"}
    if address := settings.app_contact:
        people["email" if "@" in address else "url"] = address
    licence = identity.__license__
    return {"contact": people, "license": {"name": licence, "identifier": licence}}


def servers() -> list[Json]:
    """Return the server that has sent the document, whatever its name."""
    return [{"url": "/", "description": "The server of this document"}]


def token_text(settings: Settings) -> str:
    text = "A JWT of the auth service; enter it without `Bearer`."
    if settings.app_env == "development":
        text += " `python3 dev.py token --role admin` prints one for `python3 dev.py run`."
    return text


def tag_texts(app: FastAPI) -> list[Json]:
    """Describe each tag by the docstring of the module that has its first endpoint."""
    texts: dict[str, str] = {}
    for route in iter_route_contexts(app.routes):
        if not getattr(route, "include_in_schema", False):
            continue
        endpoint = getattr(route, "endpoint", None)
        text = sys.modules[endpoint.__module__].__doc__ if endpoint else None
        for tag in getattr(route, "tags", ()):
            texts.setdefault(str(tag), (text or str(tag)).strip())
    return [{"name": name, "description": text} for name, text in texts.items()]
