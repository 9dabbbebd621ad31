"""uvicorn's HTTP protocol with limits, for `uvicorn --http`; see BoundedHttpProtocol."""

from app.infrastructure.http_protocol.bounded_http_protocol import BoundedHttpProtocol

__all__ = ["BoundedHttpProtocol"]
