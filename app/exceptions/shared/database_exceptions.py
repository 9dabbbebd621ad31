from app.exceptions.base import UnavailableError


class DatabaseUnavailableError(UnavailableError):
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database is not available", retry_after=1)


class SchemaMismatchError(UnavailableError):
    """The tables are not those of this version of the service."""

    code = "database_not_migrated"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, retry_after=10)


class DatabaseFailingError(UnavailableError):
    """The server cannot complete statements until an operator acts, such as with a full disk."""

    code = "database_failing"

    def __init__(self) -> None:
        super().__init__("The database cannot complete this request now", retry_after=10)


class DatabaseBusyError(UnavailableError):
    code = "database_busy"

    def __init__(self) -> None:
        super().__init__("The database is overloaded", retry_after=1)
