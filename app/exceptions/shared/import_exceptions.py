from app.exceptions.base import InvalidRequestError, ServiceError


class ImportFileError(InvalidRequestError):
    """The whole file is refused; none of its rows are stored."""

    code = "import_file_refused"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")


class RejectedFileError(ServiceError):
    """The file of rejected rows cannot be written; no rows are stored."""

    code = "rejected_file_refused"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: rejected rows cannot be written: {reason}")
