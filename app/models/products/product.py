"""Products and their business rules."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, Self

from app.models.shared.record import Identified, Versioned

ProductType = Literal["HW", "SW"]

SIGNIFICANT_PRICE_CHANGE = Decimal("0.20")


@dataclass(frozen=True, kw_only=True)
class NewProduct:
    sku: str | None = None
    name: str
    description: str | None = None
    category: str
    unit: str
    business_unit: str
    location: str
    price: Decimal
    product_type: ProductType
    is_available: bool = True


@dataclass(frozen=True, kw_only=True)
class Product(Versioned, NewProduct, Identified):
    """The order of the bases puts `id` first and the timestamps last in responses."""

    def with_price(self, price: Decimal) -> Self:
        return replace(self, price=price)

    def with_availability(self, *, is_available: bool) -> Self:
        return replace(self, is_available=is_available)

    def is_significant_price(self, price: Decimal) -> bool:
        """Return whether the price changes by more than 20 %."""
        return abs(price - self.price) > self.price * SIGNIFICANT_PRICE_CHANGE
