"""CONTRACT section 6: what a message is, before anything is sent."""

from typing import Any

import pytest

from app.infrastructure.messaging.message import MAX_MESSAGE_BYTES, OutgoingMessage
from app.models.event import UrgencyLevel
from app.utils.queue_names import queue_of


@pytest.mark.parametrize(
    ("url", "queue"),
    [
        ("http://localhost:8002/api/v1/orders", "queue_localhost_8002_api_v1_orders"),
        ("http://localhost:8002/api/v1/orders/", "queue_localhost_8002_api_v1_orders"),
        ("https://orders.example", "queue_orders.example"),
        ("http://billing:9000", "queue_billing_9000"),
    ],
)
def test_a_queue_is_named_by_the_url_of_its_service(url: str, queue: str) -> None:
    assert queue_of(url) == queue


@pytest.mark.parametrize(
    "url",
    ["", "orders", "ftp://orders/x", "http://", "http://user:secret@orders", "http://orders/x?y=1"],
)
def test_what_is_no_plain_url_of_a_service_has_no_queue_and_is_not_echoed(url: str) -> None:
    with pytest.raises(ValueError, match="named by a URL") as refusal:
        queue_of(url)

    assert "secret" not in str(refusal.value)


def test_the_name_of_a_queue_is_bounded_in_bytes() -> None:
    assert queue_of("http://" + "a" * 249) == "queue_" + "a" * 249
    with pytest.raises(ValueError, match="255 bytes"):
        queue_of("http://" + "a" * 250)
    with pytest.raises(ValueError, match="255 bytes"):
        queue_of("http://" + "ü" * 125)


@pytest.mark.parametrize(
    ("urgency", "priority"),
    [
        (UrgencyLevel.LOW, 1),
        (UrgencyLevel.MEDIUM, 5),
        (UrgencyLevel.HIGH, 8),
        (UrgencyLevel.CRITICAL, 10),
    ],
)
def test_urgency_decides_priority(urgency: UrgencyLevel, priority: int) -> None:
    assert _message({}, urgency).priority == priority


def test_a_message_is_bounded_in_bytes() -> None:
    room = MAX_MESSAGE_BYTES - len(_message({"text": ""}).body)

    assert len(_message({"text": "x" * room}).body) == MAX_MESSAGE_BYTES
    with pytest.raises(ValueError, match="at most 1048576 bytes"):
        _message({"text": "x" * (room + 1)})


def _message(payload: dict[str, Any], urgency: UrgencyLevel = UrgencyLevel.LOW) -> OutgoingMessage:
    return OutgoingMessage.make(
        to_service="http://orders:8002",
        from_service="catalog-service",
        method="POST",
        payload=payload,
        urgency=urgency,
    )
