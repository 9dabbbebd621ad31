"""The page that a browser shows at `/`: text and links, without any script."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from fastapi import Response

FOLDER = files("app.api.home")
TITLES = {
    "docs": "Try the API in Swagger UI",
    "redoc": "Read the API in Redoc",
    "openapi": "OpenAPI document for code generators",
    "health": "Health report",
}
DEPENDENCIES = ("database", "cache", "messaging", "auth")


def home_page(
    report: Mapping[str, Any],
    links: Mapping[str, str],
    *,
    description: str,
    headers: dict[str, str],
) -> Response:
    """Render the page from a health report; `links` are paths by their name."""
    template, style, policy = _parts()
    content = template.substitute(
        style=style,
        service=escape(report["service"]),
        version=escape(report["version"]),
        description=escape(description),
        status=report["status"],
        states="\n        ".join(_states(report)),
        links="\n        ".join(_links(links)),
    )
    page_headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
    return Response(content, 200, headers | page_headers, "text/html")


@cache
def _parts() -> tuple[Template, str, str]:
    """Read the template and its style, and allow exactly this style."""
    style = (FOLDER / "page.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Template((FOLDER / "page.html").read_text("utf-8")), style, policy


def _states(report: Mapping[str, Any]) -> Iterator[str]:
    for name in DEPENDENCIES:
        state = report["checks"][name].status
        yield f'<tr><th scope="row">{name}</th><td class="{state}">{state}</td></tr>'


def _links(links: Mapping[str, str]) -> Iterator[str]:
    for name, title in TITLES.items():
        if name in links:
            yield f'<li><a href="{escape(links[name])}">{title}</a></li>'
