"""What other services hear of products."""

from dataclasses import fields

from app.models.event import EventKind, UrgencyLevel
from app.models.products.product import NewProduct

_ALL = tuple(field.name for field in fields(NewProduct))

PRODUCT_CREATED = EventKind(name="product.created", urgency=UrgencyLevel.MEDIUM, tells=_ALL)
PRICE_CHANGED = EventKind(name="product.price_changed", urgency=UrgencyLevel.HIGH, tells=("price",))
AVAILABILITY_CHANGED = EventKind(
    name="product.availability_changed", urgency=UrgencyLevel.MEDIUM, tells=("is_available",)
)
PRODUCT_DELETED = EventKind(name="product.deleted", urgency=UrgencyLevel.CRITICAL, tells=_ALL)

EVENTS = (PRODUCT_CREATED, PRICE_CHANGED, AVAILABILITY_CHANGED, PRODUCT_DELETED)
