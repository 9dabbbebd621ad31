"""Widgets and their business rules."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from app.models.shared.record import Identified, Versioned

WidgetKind = Literal["HW", "SW"]


@dataclass(frozen=True, kw_only=True)
class NewWidget:
    code: str | None = None
    name: str
    note: str | None = None
    category: str
    price: Decimal
    kind: WidgetKind
    quantity: int = 0
    is_active: bool = True
    due_on: date | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Widget(Versioned, NewWidget, Identified):
    """The order of the bases puts `id` first and the timestamps last in responses."""
