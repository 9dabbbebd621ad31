"""Outgoing messages have a valid queue, priority and size."""

from typing import Any

import pytest

from app.infrastructure.messaging.outbox.outgoing_message import MAX_MESSAGE_BYTES, OutgoingMessage
from app.models.shared.event import UrgencyLevel
from app.utils.queue_names import queue_name_for_url


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
    assert queue_name_for_url(url) == queue


@pytest.mark.parametrize(
    "url",
    ["", "orders", "ftp://orders/x", "http://", "http://user:secret@orders", "http://orders/x?y=1"],
)
def test_an_invalid_service_url_is_refused_without_an_echo(url: str) -> None:
    with pytest.raises(ValueError, match="must be the URL of a service") as refusal:
        queue_name_for_url(url)

    assert "secret" not in str(refusal.value)


def test_the_byte_length_of_a_queue_name_is_limited() -> None:
    assert queue_name_for_url("http://" + "a" * 249) == "queue_" + "a" * 249
    with pytest.raises(ValueError, match="255 bytes"):
        queue_name_for_url("http://" + "a" * 250)
    with pytest.raises(ValueError, match="255 bytes"):
        queue_name_for_url("http://" + "ü" * 125)


@pytest.mark.parametrize(
    ("urgency", "priority"),
    [
        (UrgencyLevel.LOW, 1),
        (UrgencyLevel.MEDIUM, 5),
        (UrgencyLevel.HIGH, 8),
        (UrgencyLevel.CRITICAL, 10),
    ],
)
def test_urgency_determines_the_priority(urgency: UrgencyLevel, priority: int) -> None:
    assert _message({}, urgency).priority == priority


def test_the_byte_size_of_a_message_is_limited() -> None:
    room = MAX_MESSAGE_BYTES - len(_message({"text": ""}).body)

    assert len(_message({"text": "x" * room}).body) == MAX_MESSAGE_BYTES
    with pytest.raises(ValueError, match="at most 1048576 bytes"):
        _message({"text": "x" * (room + 1)})


def _message(payload: dict[str, Any], urgency: UrgencyLevel = UrgencyLevel.LOW) -> OutgoingMessage:
    return OutgoingMessage.create(
        to_service="http://orders:8002",
        from_service="catalog-service",
        method="POST",
        payload=payload,
        urgency=urgency,
    )
