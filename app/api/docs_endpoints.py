"""`/docs`, `/redoc` and `/openapi.json`, with every byte from this very service.

The pages name all they load relative to themselves, so that they work behind any proxy's
prefix and whatever Host a request claims.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from app.api.fixed_content import FixedContent

OWN, LIBRARIES = files("app.api") / "docs_pages", files("fastapi_offline") / "static"

ASSETS = {
    "docs.js": OWN,
    "redoc.css": OWN,
    "redoc.js": OWN,
    "favicon.png": LIBRARIES,
    "redoc.standalone.js": LIBRARIES,
    "swagger-ui-bundle.js": LIBRARIES,
    "swagger-ui.css": LIBRARIES,
}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}

# Redoc's footer loads its maker's logo from the internet; one that fails is left out.
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
# Redoc makes two <style>s: an empty one that it fills by script, and one for its scroll bars.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
POLICIES = {
    "docs": POLICY,
    "redoc": POLICY
    | {
        "style-src": " ".join(("'self'", *REDOC_STYLES)),
        "worker-src": "blob:",  # its search
    },
}


def add_docs(app: FastAPI) -> None:
    docs = _Docs(app)
    for path, show in (
        ("/openapi.json", docs.show_openapi),
        ("/docs", docs.show_docs),
        ("/redoc", docs.show_redoc),
        ("/docs/assets/{name}", docs.show_asset),
    ):
        app.add_api_route(path, show, include_in_schema=False)


class _Docs:
    """The routes; what they serve is made when it is first asked for, and kept."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._document = cache(self._make_document)
        self._page = cache(self._make_page)
        self._asset = cache(_make_asset)

    async def show_openapi(self, request: Request) -> Response:
        return self._document(request.scope["root_path"]).answer(request)

    async def show_docs(self, request: Request) -> Response:
        return self._page("docs").answer(request)

    async def show_redoc(self, request: Request) -> Response:
        return self._page("redoc").answer(request)

    async def show_asset(self, request: Request, name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404)
        return self._asset(name).answer(request)

    def _make_document(self, root_path: str) -> FixedContent:
        servers = {"servers": [{"url": root_path}]} if root_path else {}
        content = json.dumps(self._app.openapi() | servers).encode()
        return FixedContent(content, media_type="application/json")

    def _make_page(self, name: str) -> FixedContent:
        html = Template((OWN / f"{name}.html").read_text("utf-8"))
        content = html.substitute(title=escape(self._app.title)).encode()
        return FixedContent(content, media_type="text/html", headers=_protection(POLICIES[name]))


def _make_asset(name: str) -> FixedContent:
    content = (ASSETS[name] / name).read_bytes().replace(REDOC_LOGO, NO_LOGO)
    return FixedContent(content, media_type=MEDIA_TYPES[name.rpartition(".")[2]])


def _protection(policy: dict[str, str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": "; ".join(
            f"{name} {allowed}" for name, allowed in policy.items()
        ),
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
