from starlette.types import Message

CACHE_CONTROL, NO_STORE = "Cache-Control", "no-store"


def with_headers(message: Message, *added: tuple[bytes, bytes]) -> Message:
    """Return the message with added headers; the original list may belong to a cached response."""
    return {**message, "headers": [*message["headers"], *added]}
