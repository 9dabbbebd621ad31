from app.infrastructure.http_protocol import BoundedHttpProtocol


class ImpatientProtocol(BoundedHttpProtocol):
    """What the service runs on, with less time for slow clients."""

    arrival_seconds = 1.0
