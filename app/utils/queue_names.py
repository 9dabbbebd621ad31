"""Names of the queues of services."""

import re

# The limit of AMQP's short strings (AMQP 0-9-1, section 4.2.5.3).
MAX_NAME_BYTES = 255

_SERVICE_URL = re.compile(r"https?://([^\s?#@/]+(?:/[^\s?#]*)?)")


def queue_name_for_url(service_url: str) -> str:
    """Return `queue_localhost_8002_api_v1_orders` for `http://localhost:8002/api/v1/orders`.

    Raises ValueError if the URL has a query, or if the name is too long.
    """
    found = _SERVICE_URL.fullmatch(service_url)
    if found is None:
        raise ValueError("must be the URL of a service, such as http://orders:8002/api/v1/orders")
    return queue_name_for_service(re.sub(r"[:/]+", "_", found[1].strip("/")))


def queue_name_for_service(service_name: str) -> str:
    """Return the queue that a service consumes; raises ValueError if its name is too long."""
    name = f"queue_{service_name}"
    if len(name.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"A queue name has at most {MAX_NAME_BYTES} bytes")
    return name
