from app.infrastructure.messaging.outbox.sending import send_to_microservice
from app.models.shared.event import UrgencyLevel

__all__ = ["UrgencyLevel", "send_to_microservice"]
