from app.infrastructure.http_protocol import BoundedHttpProtocol


class ShortTimeoutProtocol(BoundedHttpProtocol):
    """The HTTP protocol of the service with a short timeout for slow clients."""

    arrival_seconds = 1.0
