from app.exceptions.base import ConflictError, PreconditionFailedError, RuleViolationError


class StaleVersionError(PreconditionFailedError):
    code = "stale_version"

    def __init__(self, current: int) -> None:
        super().__init__(f"The resource was modified: its current version is {current}")


class UnknownReferenceError(RuleViolationError):
    """A field refers to a record that does not exist, or no longer."""

    def __init__(self, *, field: str) -> None:
        super().__init__("No record has this ID", field=field)


class StillReferencedError(ConflictError):
    """The record cannot be deleted: a record of `table` refers to it."""

    code = "still_referenced"

    def __init__(self, table: str) -> None:
        super().__init__(f"The resource cannot be deleted: {table.replace('_', ' ')} refer to it")
