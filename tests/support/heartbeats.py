"""Heartbeats of the cache without Redis."""

from app.infrastructure.cache.heartbeat import Heartbeat


def beat(heartbeat: Heartbeat, *, sent_at: float) -> None:
    message = heartbeat.next_message()
    heartbeat.record_sent(message, sent_at=sent_at)
    heartbeat.record_received(message)
