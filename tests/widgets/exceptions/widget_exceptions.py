from app.exceptions.base import ConflictError, NotFoundError


class WidgetNotFoundError(NotFoundError):
    code = "widget_not_found"

    def __init__(self, widget_id: int) -> None:
        super().__init__(f"Widget with ID {widget_id} not found")


class CodeTakenError(ConflictError):
    code = "code_taken"

    def __init__(self, code: str | None) -> None:
        super().__init__(f"Code {code} belongs to another widget")
