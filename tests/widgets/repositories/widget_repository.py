from typing import Protocol

from app.repositories.shared.record_repository import RecordRepository
from tests.widgets.models.widget import NewWidget, Widget


class WidgetRepository(RecordRepository[NewWidget, Widget], Protocol):
    """Stores widgets.

    Raises CodeTakenError.
    """
