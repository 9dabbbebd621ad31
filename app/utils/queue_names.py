"""How queues are called."""

import re

# The limit of AMQP's short strings (AMQP 0-9-1, section 4.2.5.3).
MAX_NAME_BYTES = 255

_SERVICE_URL = re.compile(r"https?://([^\s?#@/]+(?:/[^\s?#]*)?)")


def queue_of(service_url: str) -> str:
    """Give `queue_localhost_8002_api_v1_orders` for `http://localhost:8002/api/v1/orders`.

    Raises ValueError if it is not a plain URL of a service, or too long for a queue's name.
    """
    found = _SERVICE_URL.fullmatch(service_url)
    if found is None:
        raise ValueError("A service is named by a URL like http://orders:8002/api/v1/orders")
    return named_queue(re.sub(r"[:/]+", "_", found[1].strip("/")))


def named_queue(service_name: str) -> str:
    """Give the queue that a service receives from."""
    name = f"queue_{service_name}"
    if len(name.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"The name of a queue has at most {MAX_NAME_BYTES} bytes")
    return name
