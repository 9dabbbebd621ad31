"""Events about products that other services receive."""

from dataclasses import fields

from app.models.products.product import NewProduct, Product
from app.models.shared.event import EventKind, UrgencyLevel
from app.models.shared.imported_changes import ImportedChanges, RecordedAs

_ALL = tuple(field.name for field in fields(NewProduct))

PRODUCT_CREATED = EventKind(
    name="product.created", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL
)
PRODUCT_CHANGED = EventKind(
    name="product.changed", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL
)
PRICE_CHANGED = EventKind(
    name="product.price_changed", urgency=UrgencyLevel.HIGH, payload_fields=("price",)
)
AVAILABILITY_CHANGED = EventKind(
    name="product.availability_changed",
    urgency=UrgencyLevel.MEDIUM,
    payload_fields=("is_available",),
)
PRODUCT_DELETED = EventKind(
    name="product.deleted", urgency=UrgencyLevel.CRITICAL, payload_fields=_ALL
)

EVENTS = (PRODUCT_CREATED, PRODUCT_CHANGED, PRICE_CHANGED, AVAILABILITY_CHANGED, PRODUCT_DELETED)

PRODUCT_IMPORT = ImportedChanges(
    record=Product,
    created=RecordedAs("CREATE_PRODUCT", event=PRODUCT_CREATED),
    updated=RecordedAs("UPDATE_PRODUCT", event=PRODUCT_CHANGED),
    updated_fields={
        "price": RecordedAs(
            "UPDATE_PRICE",
            event=PRICE_CHANGED,
            also={"SIGNIFICANT_PRICE_CHANGE": lambda old, new: old.is_significant_price(new.price)},
        ),
        "is_available": RecordedAs("UPDATE_AVAILABILITY", event=AVAILABILITY_CHANGED),
    },
)
