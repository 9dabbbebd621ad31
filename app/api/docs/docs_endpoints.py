"""`/docs`, `/redoc` and `/openapi.json`, served without external resources.

The pages use relative URLs, so that they work behind a path prefix and with any Host header.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from app.api.docs.static_content import StaticContent

PAGES, LIBRARIES = files("app.api.docs") / "pages", files("fastapi_offline") / "static"

ASSETS = {
    "docs.js": PAGES,
    "redoc.css": PAGES,
    "redoc.js": PAGES,
    "favicon.png": LIBRARIES,
    "redoc.standalone.js": LIBRARIES,
    "swagger-ui-bundle.js": LIBRARIES,
    "swagger-ui.css": LIBRARIES,
}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}

# The footer of Redoc loads a logo from the internet; an empty image replaces it.
REDOC_LOGO, NO_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
# Redoc adds two <style> elements: an empty one for its script, and one for scroll bars.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
POLICIES = {
    "docs": POLICY,
    "redoc": POLICY
    | {
        "style-src": " ".join(("'self'", *REDOC_STYLES)),
        "worker-src": "blob:",  # search
    },
}


def add_docs(app: FastAPI, *, keeps_token: bool) -> None:
    """Add the routes; `keeps_token` lets /docs remember the token in the browser."""
    docs = _Docs(app, keeps_token=keeps_token)
    for path, show in (
        ("/openapi.json", docs.show_openapi),
        ("/docs", docs.show_docs),
        ("/redoc", docs.show_redoc),
        ("/docs/assets/{name}", docs.show_asset),
    ):
        app.add_api_route(path, show, include_in_schema=False)


class _Docs:
    """Endpoints of the documentation; each content is rendered on first access, then cached."""

    def __init__(self, app: FastAPI, *, keeps_token: bool) -> None:
        self._app = app
        self._keeps_token = keeps_token
        self._document = cache(self._render_document)
        self._page = cache(self._render_page)
        self._asset = cache(_render_asset)

    async def show_openapi(self, request: Request) -> Response:
        return self._document(request.scope["root_path"]).respond(request)

    async def show_docs(self, request: Request) -> Response:
        return self._page("docs").respond(request)

    async def show_redoc(self, request: Request) -> Response:
        return self._page("redoc").respond(request)

    async def show_asset(self, request: Request, name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404)
        return self._asset(name).respond(request)

    def _render_document(self, root_path: str) -> StaticContent:
        document = self._app.openapi()
        if root_path:
            servers = [server | {"url": root_path} for server in document["servers"]]
            document = document | {"servers": servers}
        content = json.dumps(document).encode()
        return StaticContent(content, media_type="application/json")

    def _render_page(self, name: str) -> StaticContent:
        html = Template((PAGES / f"{name}.html").read_text("utf-8"))
        persist = str(self._keeps_token).lower()
        content = html.substitute(title=escape(self._app.title), persist=persist).encode()
        return StaticContent(
            content, media_type="text/html", headers=_security_headers(POLICIES[name])
        )


def _render_asset(name: str) -> StaticContent:
    content = (ASSETS[name] / name).read_bytes().replace(REDOC_LOGO, NO_LOGO)
    return StaticContent(content, media_type=MEDIA_TYPES[name.rpartition(".")[2]])


def _security_headers(policy: dict[str, str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": "; ".join(
            f"{name} {allowed}" for name, allowed in policy.items()
        ),
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
