from tests.support.in_memory_repository import InMemoryRepository
from tests.widgets.exceptions.widget_exceptions import CodeTakenError, WidgetNotFoundError
from tests.widgets.models.widget import NewWidget, Widget


class InMemoryWidgetRepository(InMemoryRepository[NewWidget, Widget]):
    def __init__(self) -> None:
        super().__init__(
            Widget,
            not_found=WidgetNotFoundError,
            searched=("code", "name", "note", "category"),
            unique={"code": CodeTakenError},
        )
