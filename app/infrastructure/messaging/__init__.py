from app.infrastructure.messaging.sending import send_to_microservice
from app.models.event import UrgencyLevel

__all__ = ["UrgencyLevel", "send_to_microservice"]
