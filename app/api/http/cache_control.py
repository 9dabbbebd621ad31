"""Defaults of Cache-Control and Vary, for clients and shared caches (RFC 9111)."""

from fastapi import Request, Response

from app.utils.response_headers import CACHE_CONTROL, NO_STORE

# Only by the client itself, which has to ask with If-None-Match before each use.
_REVALIDATE = "private, no-cache"


def set_cache_control(request: Request, response: Response) -> None:
    """Forbid storing a response, except one to a GET with an ETag; an endpoint may set its own."""
    if CACHE_CONTROL in response.headers:
        return
    may_be_kept = request.method == "GET" and "etag" in response.headers
    response.headers[CACHE_CONTROL] = _REVALIDATE if may_be_kept else NO_STORE


def set_vary(response: Response) -> None:
    """Name the header that chooses the format of decimals in JSON (RFC 9110, 12.5.5)."""
    if response.headers.get("content-type") == "application/json":
        named = response.headers.get("Vary", "")
        if "accept" not in (each.strip().lower() for each in named.split(",")):
            response.headers.add_vary_header("Accept")
